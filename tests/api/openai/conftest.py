"""What the tests of the OpenAI routes share; `conversing.py` says what it is."""

from tests.api.openai.conversing import base_url, official, shared, shared_service

__all__ = ["base_url", "official", "shared", "shared_service"]
