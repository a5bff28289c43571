import pytest

pytest.register_assert_rewrite("tests.rag.store.document_store_contract")
pytest.register_assert_rewrite("tests.rag.store.conversation_store_contract")
