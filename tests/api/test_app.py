import sqlite3
import time

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from rag.service import Service
from rag.settings import Settings
from rag.store.sqlite import DATABASE_NAME
from tests.api.client import HOST, QUESTION


def test_what_is_kept_for_too_long_goes_while_the_server_runs(
    service: Service, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.app.FORGET_EVERY_S", 0.02)
    old = service.conversations.ask(QUESTION).conversation_id
    with sqlite3.connect(settings.data_dir / DATABASE_NAME) as db:
        db.execute("UPDATE conversations SET updated_at = '2001-01-01T00:00:00.000000Z'")
    new = service.conversations.ask(QUESTION).conversation_id
    with TestClient(create_app(settings, service), base_url=HOST) as client:
        until = time.monotonic() + 10
        while client.get(f"/v1/conversations/{old}").status_code != 404:
            assert time.monotonic() < until
        assert client.get(f"/v1/conversations/{new}").status_code == 200
