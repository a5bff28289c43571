"""What is printed on a terminal must not command it: text from documents and paths is data.

Every character that a terminal could obey is replaced by exactly one other, so that offsets into a
text stay true for its harmless form.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

CONTROL_PICTURES = 0x2400
"""Unicode's visible stand-ins for the control characters, in their order."""

REPLACEMENT = "\ufffd"


def _table() -> dict[int, str]:
    white_space = (0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029)
    bidi_controls = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    return {
        **{code: chr(CONTROL_PICTURES + code) for code in range(0x20)},
        0x7F: "\u2421",
        **dict.fromkeys(range(0x80, 0xA0), REPLACEMENT),
        # Surrogates come from file names that are not UTF-8; no terminal can be sent them.
        **dict.fromkeys(range(0xD800, 0xE000), REPLACEMENT),
        **dict.fromkeys(bidi_controls, REPLACEMENT),
        **dict.fromkeys(white_space, " "),
    }


HARMLESS = _table()


def harmless(text: str) -> str:
    """The text on one line, as long as before, with nothing in it that a terminal obeys."""
    return text.translate(HARMLESS)


def make_console(*, stderr: bool = False) -> "Console":
    """A console that takes markup and emoji codes for the plain text they are."""
    from rich.console import Console

    return Console(
        stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=not _is_tty(stderr)
    )


def display_path(path: str) -> str:
    """An absolute path relative to the working folder where it lies below it, harmless to print."""
    folder = Path.cwd()
    absolute = Path(path)
    shown = absolute.relative_to(folder) if absolute.is_relative_to(folder) else absolute
    return harmless(os.fspath(shown))


def _is_tty(stderr: bool) -> bool:
    return (sys.stderr if stderr else sys.stdout).isatty()
