import pytest

pytest.register_assert_rewrite("tests.rag.store.document_store_contract")
