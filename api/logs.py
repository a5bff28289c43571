"""Where log records go: standard error, as lines of text or of JSON. Only the surfaces set this up.

A record that is written while a request is answered carries the request's id, whichever part of
Quoth or of a library writes it. What belongs to a record besides its message is given as
`extra={"fields": {…}}`.
"""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request that is being answered; threads that a route runs in see it too."""

_TALKATIVE = ("httpx", "httpx2", "mcp")
"""Libraries that put what people wrote, or whole URLs, into records at INFO."""


def configure_logging(level: str, log_format: Literal["text", "json"] = "text") -> None:
    """Lets records of a level and above through, in place of what was set up before."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter(FORMAT))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    quiet = logging.WARNING if level == "INFO" else logging.NOTSET
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(quiet)


class TextFormatter(logging.Formatter):
    """A line for people; the request's id stands at its end."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line without what follows an exception."""
        line = super().formatMessage(record)
        request_id = REQUEST_ID.get()
        return line if request_id is None else f"{line} (request {request_id})"


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `time`, `level`, `logger`, `message`, `request_id` within a request,
    `exception` where there is one, and the record's fields.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, UTC)
        entry: dict[str, object] = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        request_id = REQUEST_ID.get()
        if request_id is not None:
            entry["request_id"] = request_id
        fields = getattr(record, "fields", None)
        if isinstance(fields, dict):
            entry.update(fields)
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)
