import pytest

for contract in ("document", "conversation", "feedback", "key", "slack"):
    pytest.register_assert_rewrite(f"tests.rag.store.{contract}_store_contract")
