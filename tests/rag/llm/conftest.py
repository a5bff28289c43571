"""What these tests share; `tests/llm/writing.py` says what it is."""

from tests.llm.writing import model_server

__all__ = ["model_server"]
