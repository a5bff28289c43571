"""What Quoth works with: its libraries, the language model, Slack."""

import sqlite3
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from rag.doctor.base import Check, Progress, Subject

_LIBRARIES = ("faiss-cpu", "numpy", "openvino", "tantivy", "tokenizers")
_OLDEST_SQLITE = (3, 35)
_TOKENS = {
    "slack_bot_token": ("xoxb-", "the bot's token, under OAuth & Permissions"),
    "slack_app_token": ("xapp-", "an app-level token, under Basic Information"),
}


def check_libraries(subject: Subject) -> Iterator[Check]:
    """Whether the libraries are there; their versions, for whoever is asked for help."""
    found, missing = [], []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    python = ".".join(str(part) for part in sys.version_info[:3])
    versions = ", ".join([f"Python {python}", f"SQLite {sqlite3.sqlite_version}", *found])
    if missing:
        yield Check(
            "libraries",
            False,
            f"Not installed: {', '.join(missing)}.",
            "Install Quoth again with `pip install quoth`.",
        )
    elif sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        yield Check(
            "libraries",
            False,
            f"SQLite {sqlite3.sqlite_version} is too old.",
            "Use a Python that brings SQLite 3.35 or newer.",
        )
    else:
        yield Check("libraries", True, f"{versions}.")


def check_language_model(subject: Subject) -> Iterator[Check]:
    """Whether the language model answers, where one is set."""
    if subject.language_model is None:
        yield Check("language model", True, "None is set; answers are quoted, none is written.")
        return
    subject.on_progress(Progress("language model", 0, None))
    yield Check("language model", True, subject.language_model())


def check_reader(subject: Subject) -> Iterator[Check]:
    """Whether the reader can be used, where it is not switched off."""
    if subject.reader is None:
        yield Check("reader", True, "Switched off; answers are those of the search alone.")
        return
    yield Check("reader", True, subject.reader())


def check_slack(subject: Subject) -> Iterator[Check]:
    """Whether the tokens for Slack are of the right kind; nobody is asked whether they are good."""
    settings = subject.settings
    given = {name: getattr(settings, name) for name in (*_TOKENS, "slack_signing_secret")}
    if not any(given.values()):
        yield Check("slack", True, "Not set up.")
        return
    for name, (prefix, where) in _TOKENS.items():
        token = given[name]
        if token is not None and not token.get_secret_value().startswith(prefix):
            yield _wrong_slack(f"{_variable(name)} does not begin with {prefix!r}", where)
            return
    needed = ["slack_bot_token"]
    needed.append("slack_app_token" if settings.slack_mode == "socket" else "slack_signing_secret")
    for name in needed:
        if given[name] is None:
            yield _wrong_slack(f"{_variable(name)} is not set", "the app's page at Slack")
            return
    yield Check("slack", True, f"The tokens are of the right kind for the {settings.slack_mode}.")


def _wrong_slack(problem: str, where: str) -> Check:
    return Check("slack", False, f"{problem}.", f"Take it from {where}.")


def _variable(name: str) -> str:
    return f"QUOTH_{name.upper()}"
