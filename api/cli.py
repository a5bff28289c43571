"""The command line, `quoth`: registers the commands, and is the one place where their errors end.

A person gets one sentence and a hint on standard error; with `--json`, programs get
`{"error": {"type", "message", "hint"}}` on standard output. Never a traceback: the log has it at
the level DEBUG. What a command does not need it does not import.
"""

import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import typer

from api.commands import asking, chatting, evaluating, ingesting, mcp, serving
from api.commands.common import print_json
from api.commands.doctor import doctor
from api.commands.feedback import feedback
from api.commands.keys import keys
from api.commands.slack import slack
from api.commands.transfer import export, import_
from api.engine import Answering, Engine
from api.errors import (
    EXIT_DONE,
    EXIT_FAILED,
    INTERNAL,
    INTERRUPTED,
    USAGE,
    ErrorKind,
    kind_of,
)
from embeddings.errors import QuothError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from rag.settings import Settings

logger = logging.getLogger(__name__)

SIGINT_EXIT = 130
"""What typer returns in place of a KeyboardInterrupt."""


def main() -> None:
    """The console script."""
    # Looking for pydantic's plugins reads the metadata of every installed package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # NumPy's threads would spin beside the model's; nothing here multiplies large matrices with it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):
        # A terminal that is not UTF-8 gets question marks in place of an error.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    engine = Engine()
    opened = []

    def open_and_keep(settings: "Settings") -> "AbstractContextManager[Answering]":
        opened.append(engine.open_assistant(settings))
        return opened[-1]

    code = run(sys.argv[1:], replace(engine, open_assistant=open_and_keep))
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = EXIT_FAILED
    sys.stderr.flush()
    logging.shutdown()
    # Everything is closed and flushed: taking the libraries down one by one, or the models that
    # `opened` holds, would only keep the person waiting for another tenth of a second.
    os._exit(code)


def run(arguments: Sequence[str], engine: Engine) -> int:
    """Runs one command.

    Args:
        arguments: Without the program's name; none at all shows the help.
        engine: What the command works on.

    Returns:
        The exit code.
    """
    try:
        code = _command()(
            args=list(arguments) or ["--help"], prog_name="quoth", standalone_mode=False, obj=engine
        )
    except QuothError as exc:
        logger.debug("The command failed.", exc_info=True)
        failure = Failure(kind_of(exc), exc.message, exc.hint)
    except typer.TyperException as exc:
        message = exc.format_message().rstrip(".") + "."
        failure = Failure(USAGE, message, "`quoth --help` lists what there is.")
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        failure = Failure.interrupted()
    except Exception as exc:
        logger.debug("A bug:", exc_info=True)
        failure = Failure.bug(exc)
    else:
        if code != SIGINT_EXIT:
            return code if isinstance(code, int) else EXIT_DONE
        failure = Failure.interrupted()
    failure.show(as_json="--json" in arguments)
    return failure.kind.exit_code


@dataclass(frozen=True, slots=True)
class Failure:
    """What a person or program is told of an error."""

    kind: ErrorKind
    message: str
    hint: str

    @classmethod
    def interrupted(cls) -> "Failure":
        """Ctrl-C."""
        return cls(INTERRUPTED, "Interrupted; what was done before is kept.", "")

    @classmethod
    def bug(cls, exc: Exception) -> "Failure":
        """An exception that nobody raised on purpose."""
        return cls(
            INTERNAL,
            f"Quoth failed with {type(exc).__name__}: {exc}. This is a bug.",
            "Run it again with QUOTH_LOG_LEVEL=DEBUG to see where, and report that.",
        )

    def show(self, *, as_json: bool) -> None:
        """Prints it: for programs on standard output, for people on standard error."""
        if as_json:
            error = {"type": self.kind.slug, "message": self.message, "hint": self.hint}
            print_json({"error": error}, indent=None)
            return
        from api.terminal import harmless

        lines = [line for line in (self.message, self.hint) if line]
        sys.stderr.writelines(f"{harmless(line)}\n" for line in lines)


def version() -> int:
    """Print the version."""
    from importlib.metadata import version as installed_version

    sys.stdout.write(f"quoth {installed_version('quoth')}\n")
    return EXIT_DONE


def _command() -> "Callable[..., object]":
    """The commands by name. Plain help: importing rich for it would take longer than all else."""
    app = typer.Typer(
        name="quoth",
        help="Answers questions from a folder of documents and quotes the exact places.",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.command()(ingesting.ingest)
    app.command()(ingesting.forget)
    app.command()(asking.ask)
    app.command()(asking.search)
    app.command()(chatting.chat)
    app.command()(ingesting.status)
    app.command()(doctor)
    app.command()(export)
    app.command("import")(import_)
    app.command("eval")(evaluating.evaluate)
    app.add_typer(feedback, name="feedback")
    app.command()(serving.serve)
    app.command()(mcp.mcp)
    app.add_typer(keys, name="keys")
    app.add_typer(slack, name="slack")
    app.command()(version)
    return typer.main.get_command(app)
