"""`/healthz` and `/readyz`, and what a server imports before anybody needs it."""

import subprocess
import sys
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from api.routes.health import Readiness
from rag.errors import NothingIndexed
from rag.service import Service
from rag.settings import Settings
from tests.api.client import (
    TEXTS,
    add_key,
    client_of,
    open_hashed_service,
    problem_of,
    write_texts,
)

LAZY = ("mcp", "opentelemetry.sdk", "tiktoken", "torch", "transformers")


def test_a_ready_process_says_so_without_a_key(client: TestClient, service: Service) -> None:
    add_key(service, "ask")
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_without_an_index_it_lives_and_is_not_ready_until_there_is_one(settings: Settings) -> None:
    with open_hashed_service(settings, {}) as service, client_of(service, settings) as client:
        assert client.get("/healthz").status_code == 200
        response = client.get("/readyz")
        assert problem_of(response) == (503, "not-ready")
        assert response.headers["retry-after"] == "1"
        write_texts(settings.data_dir.parent, TEXTS)
        with (settings.data_dir.parent / "tunnels.txt").open("rb") as file:
            service.uploads.receive("tunnels.txt", file)
        assert client.get("/readyz").status_code == 200


def test_being_asked_again_costs_no_search(
    service: Service,
) -> None:
    class Counting:
        """The assistant's part in readiness, counted."""

        warmed_up = 0

        def warm_up(self) -> None:
            self.warmed_up += 1
            service.assistant.warm_up()

    counting = Counting()
    watched = replace(service, assistant=counting)  # type: ignore[arg-type]
    readiness = Readiness()
    for _ in range(3):
        readiness.check(watched)
    assert counting.warmed_up == 1


def test_nothing_indexed_is_what_keeps_it_from_being_ready(settings: Settings) -> None:
    with open_hashed_service(settings, {}) as service, pytest.raises(NothingIndexed):
        Readiness().check(service)


def test_the_application_leaves_what_few_need_for_later() -> None:
    code = f"import api.app, sys; print(*sorted(set(sys.modules) & set({LAZY!r})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
