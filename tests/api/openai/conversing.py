"""A real server in front of the small service, and the official clients of it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import openai
import pytest
import uvicorn

from api.app import create_app
from rag.service import Service
from rag.settings import Settings
from tests.api.client import open_hashed_service

KEY = "no-key-is-needed"


@contextmanager
def serving(service: Service, settings: Settings) -> Iterator[str]:
    """The base URL of a server on a free port."""
    config = uvicorn.Config(
        create_app(settings, service), log_level="warning", ws="none", lifespan="on"
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.should_exit = True
            thread.join()


def client_at(base_url: str, key: str = KEY) -> openai.OpenAI:
    return openai.OpenAI(base_url=base_url, api_key=key, max_retries=0)


@pytest.fixture
def base_url(service: Service, settings: Settings) -> Iterator[str]:
    with serving(service, settings) as base_url:
        yield base_url


@pytest.fixture
def official(base_url: str) -> Iterator[openai.OpenAI]:
    with client_at(base_url) as client:
        yield client


@pytest.fixture(scope="module")
def shared_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """For tests that look at what is answered and at nothing that is kept."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("shared") / "data")
    with open_hashed_service(settings) as service:
        yield service


@pytest.fixture(scope="module")
def shared(shared_service: Service) -> Iterator[openai.OpenAI]:
    """The official client of the shared service."""
    with serving(shared_service, Settings()) as base_url, client_at(base_url) as client:
        yield client
