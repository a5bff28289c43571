"""What the tests of the API share; `tests/api/client.py` says what it is."""

from tests.api.client import client, service, settings

__all__ = ["client", "service", "settings"]
