"""What the tests of a language model share; `tests/llm/writing.py` says what it is."""

from tests.llm.writing import documents, model_server, written_service

__all__ = ["documents", "model_server", "written_service"]
