"""`quoth chat` as a person types into it: a process on a pseudo-terminal."""

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from api.line_input import PROMPT

pty = pytest.importorskip("pty", reason="pseudo-terminals are POSIX")

ROOT = Path(__file__).parents[2]
CHAT = """
import fcntl, signal, sys, termios
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # the terminal that Ctrl-C comes from
from pathlib import Path
from api.cli import run
from tests.answers import ScriptedAssistant
from tests.api.chatting import conversing_engine
sys.exit(run(["chat", *sys.argv[2:]], conversing_engine(ScriptedAssistant(), Path(sys.argv[1]))))
"""
PATIENCE_S = 60
UP, CTRL_A, CTRL_C, CTRL_D, CTRL_F = "\x1b[A", "\x01", "\x03", "\x04", "\x06"
_CONTROLS = re.compile(r"\x1b\[[\x20-\x3f]*[\x40-\x7e]|\x1b\][^\x1b\x07]*(?:\x1b\\|\x07)|[\r\x07]")


class Terminal:
    """A chat in a process, and the keys and screen of whoever sits before it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._keys, inside = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", CHAT, str(folder), *options],
            cwd=ROOT,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
        )
        os.close(inside)
        self.greeting = self._until(PROMPT)

    def type(self, keys: str) -> str:
        """What the screen shows from these keys to the next prompt."""
        os.write(self._keys, keys.encode())
        return self._until(PROMPT)

    def interrupt(self, line: str) -> str:
        """What the screen shows from Ctrl-C after a half-typed line to the next prompt.

        Python's readline hears a signal only while it waits for a key: the key before is waited
        for, as a person's fingers would.
        """
        os.write(self._keys, line.encode())
        self._until(line)
        process = psutil.Process(self._process.pid)
        while process.status() != psutil.STATUS_SLEEPING:
            time.sleep(0.01)
        return self.type(CTRL_C)

    def leave(self, keys: str = CTRL_D) -> str:
        """The last words of a chat that ends well."""
        os.write(self._keys, keys.encode())
        shown = b""
        while more := self._read():
            shown += more
        assert self._process.wait() == 0
        return _CONTROLS.sub("", shown.decode())

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._keys)

    def _until(self, end: str) -> str:
        """What is shown up to `end`, without it."""
        shown = b""
        while not shown.endswith(end.encode()):
            more = self._read()
            assert more, f"The chat ended with {shown!r}."
            shown += more
        return _CONTROLS.sub("", shown.decode()).removesuffix(end)

    def _read(self) -> bytes:
        ready, _, _ = select.select([self._keys], [], [], PATIENCE_S)
        assert ready, f"The chat said nothing for {PATIENCE_S} seconds."
        try:
            return os.read(self._keys, 65_536)
        except OSError:  # Linux: the other end is closed
            return b""


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with closing(Terminal(tmp_path)) as opened:
        yield opened


def test_a_chat_on_a_terminal_greets_answers_and_tells_how_to_go_on(terminal: Terminal) -> None:
    assert "/help lists the commands" in terminal.greeting
    assert "[1] hr/trade.md:3" in terminal.type("By how much?\n")
    assert "quoth chat --conversation conv_" in terminal.leave()


def test_ctrl_c_clears_the_line_and_blank_lines_ask_nothing(terminal: Terminal) -> None:
    terminal.interrupt("Never mind")
    terminal.type("\n")
    terminal.type("By how much?\n")
    shown = terminal.type("/history\n")
    assert "You: By how much?" in shown
    assert "Never" not in shown
    terminal.leave("/quit\n")


def test_lines_can_be_edited_and_brought_back_in_another_chat(tmp_path: Path) -> None:
    pytest.importorskip("readline")
    with closing(Terminal(tmp_path)) as first:
        assert "There is no command '/elp'" in first.type("/elp\n")
        first.leave()
    with closing(Terminal(tmp_path)) as second:
        assert "/sources   show the passages" in second.type(f"{UP}{CTRL_A}{CTRL_F}h\n")
        second.leave()
