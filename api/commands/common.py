"""What the commands share: their options, the settings in force, and JSON on standard output."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from api.engine import Engine
from api.logs import configure_logging

if TYPE_CHECKING:
    from pydantic import BaseModel

    from rag.settings import Settings

PassagesOption = Annotated[
    int, typer.Option("-k", min=1, max=100, help="How many passages to look at.")
]
ConversationOption = Annotated[
    str | None, typer.Option("--conversation", metavar="ID", help="Go on with this conversation.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
FilterOption = Annotated[
    list[str],
    typer.Option(
        "--filter",
        metavar="KEY=VALUE",
        help="Only documents that fulfil it, as filename=*.md or date>=2025-01-01; repeatable.",
    ),
]


def prepare(ctx: typer.Context) -> "tuple[Engine, Settings]":
    """The engine that the command was given, and the settings in force; sets up the logging."""
    engine = ctx.obj if isinstance(ctx.obj, Engine) else Engine()
    settings = engine.load_settings()
    configure_logging(settings.log_level, settings.log_format)
    return engine, settings


def print_json(value: "BaseModel | dict[str, object]", *, indent: int | None = 2) -> None:
    """One JSON object, on one line without an indent; ASCII where standard output takes no more."""
    plain = value if isinstance(value, dict) else value.model_dump(mode="json")
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    text = json.dumps(plain, ensure_ascii=encoding != "utf8", indent=indent)
    # A lone surrogate, from a file name that is not UTF-8, has no other form than an escape.
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")
