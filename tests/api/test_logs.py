"""Log records as text and as JSON, with the id of the request they belong to."""

import json
import logging
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.logs import REQUEST_ID, configure_logging

logger = logging.getLogger("rag.something")


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("httpx", "httpx2", "mcp"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def written(capsys: pytest.CaptureFixture[str]) -> list[str]:
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


def test_a_record_is_a_line_of_text_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO")
    logger.info("%d passages", 3)
    assert written(capsys)[0].endswith("INFO rag.something: 3 passages")


def test_a_record_is_a_json_object_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "json")
    logger.warning("two\nlines", extra={"fields": {"status": 200}})
    entry = json.loads(written(capsys)[0])
    assert entry.pop("time").endswith("Z")
    assert entry == {
        "level": "WARNING",
        "logger": "rag.something",
        "message": "two\nlines",
        "status": 200,
    }


def test_an_exception_stays_on_the_line_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "json")
    try:
        raise ValueError("bad")
    except ValueError:
        logger.exception("It failed.")
    (line,) = written(capsys)
    assert "ValueError: bad" in json.loads(line)["exception"]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_record_within_a_request_names_it(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure_logging("INFO", log_format)
    token = REQUEST_ID.set("req-1")
    logger.info("inside")
    REQUEST_ID.reset(token)
    logger.info("outside")
    inside, outside = written(capsys)
    assert "req-1" in inside
    assert "req-1" not in outside


def test_records_below_the_level_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("WARNING")
    logger.info("not shown")
    assert written(capsys) == []


def test_libraries_that_log_what_people_wrote_are_quiet_at_info(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("INFO")
    logging.getLogger("mcp.server").info("Tool 'ask' failed: a secret")
    configure_logging("DEBUG")
    logging.getLogger("mcp.server").debug("shown")
    assert [line.rpartition(": ")[2] for line in written(capsys)] == ["shown"]


def test_a_request_is_one_line_with_its_route_and_without_its_words(
    client: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("INFO", "json")
    client.post("/v1/ask?q=secret", json={"question": "secret?"}, headers={"X-Request-Id": "req-7"})
    lines = written(capsys)
    assert not any("secret" in line for line in lines if '"httpx' not in line)
    (entry,) = [entry for entry in map(json.loads, lines) if entry["logger"] == "api.middleware"]
    assert entry["request_id"] == "req-7"
    assert (entry["method"], entry["route"], entry["status"]) == ("POST", "/v1/ask", 200)
    assert entry["duration_ms"] >= 0
    assert entry["key_id"] is None
