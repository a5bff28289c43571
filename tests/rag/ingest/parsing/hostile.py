"""Parsers that do what hostile files make real ones do."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rag.errors import FileUnreadable
from rag.ingest.parsers.base import Parser
from rag.ingest.parsing.tasks import ParseTask
from rag.types import ParsedDocument

KIND = "text/x-hostile"


@dataclass(frozen=True)
class HostileParser:
    """Does what the text says."""

    media_type: str = KIND
    suffixes: tuple[str, ...] = (".hostile",)
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        text = data.decode()
        word, _, rest = text.partition(" ")
        if word == "sleep":
            time.sleep(float(rest))
        elif word == "spin":
            while True:
                pass
        elif word == "swell":
            _ = [bytearray(2**20) for _ in range(10_000)]
        elif word == "die":
            os.kill(os.getpid(), signal.SIGSEGV)
        elif word == "leave":
            os._exit(3)
        elif word == "child":
            child = subprocess.Popen(["sleep", "60"])
            Path(rest).write_text(str(child.pid), encoding="utf-8")
            time.sleep(60)
        elif word == "print":
            sys.stdout.write("x" * 100_000)
            sys.stdout.flush()
        elif word == "raise":
            raise RecursionError("much too deep " * 100)
        elif word == "bad":
            raise FileUnreadable("It is bad.")
        elif word == "half":
            text = "\ud83d"
        return ParsedDocument(text, KIND, metadata={"pid": str(os.getpid())})


def task(folder: Path, text: str, parser: Parser | None = None) -> ParseTask:
    file = folder / f"{abs(hash(text))}.hostile"
    file.write_text(text, encoding="utf-8")
    return ParseTask(parser or HostileParser(), file, 10_000)
