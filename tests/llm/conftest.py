"""What the tests of a language model share; `tests/llm/writing.py` says what it is."""

from tests.llm.writing import model_server, written_service

__all__ = ["model_server", "written_service"]
