"""Lines that a person types, with editing and a history where there is readline, or that a program
pipes in.
"""

import contextlib
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from types import ModuleType
from typing import TextIO

PROMPT = "quoth> "
KEPT_LINES = 1_000


def typed_lines(history_file: Path) -> Generator[str]:
    """Lines from the terminal until Ctrl-D, without blank ones; Ctrl-C clears the line.

    Args:
        history_file: Where the lines are kept for another time; one that cannot be read or written
            is done without.
    """
    readline = _readline()
    if readline is not None:
        with contextlib.suppress(OSError):
            readline.read_history_file(history_file)
    try:
        while True:
            try:
                line = input(PROMPT)
            except EOFError:
                sys.stdout.write("\n")
                return
            except KeyboardInterrupt:
                sys.stdout.write("\n")
                continue
            if line.strip():
                yield line
    finally:
        if readline is not None:
            readline.set_history_length(KEPT_LINES)
            with contextlib.suppress(OSError):
                readline.write_history_file(history_file)


def piped_lines(stream: TextIO) -> Iterator[str]:
    """Every line of a stream, without its end; bytes that are no text become replacement
    characters.
    """
    # A stream of a test or an embedding program may not be a text wrapper over bytes.
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
    for line in stream:
        yield line.rstrip("\r\n")


def _readline() -> ModuleType | None:
    """Python's readline, which `input` edits with once it is imported; Windows has its own way."""
    try:
        import readline
    except ImportError:
        return None
    # Tab would complete names of files.
    readline.parse_and_bind("set disable-completion on")
    return readline
