"""What tests of several packages share."""

import os
from pathlib import Path

import pytest

# Answers are those of the search alone, unless a test asks for the reader.
os.environ.setdefault("QUOTH_READER", "off")

# Here, since tests anywhere may import something of a contract before its own tests do.
for contract in ("document", "conversation", "feedback", "key", "slack"):
    pytest.register_assert_rewrite(f"tests.rag.store.{contract}_store_contract")


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the default model is compiled, once for all tests; `QUOTH_TEST_CACHE` keeps it from
    run to run.
    """
    kept = os.environ.get("QUOTH_TEST_CACHE")
    return Path(kept) if kept else tmp_path_factory.mktemp("cache")
