"""What the tests of the API share; `tests/api/client.py` says what it is."""

from tests.api.client import client, service, settings
from tests.llm.writing import model_server

__all__ = ["client", "model_server", "service", "settings"]
