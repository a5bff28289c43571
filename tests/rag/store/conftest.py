import pytest

for contract in ("document", "conversation", "feedback", "key"):
    pytest.register_assert_rewrite(f"tests.rag.store.{contract}_store_contract")
