"""Feeds broken files of every format to its parser: `python -m tests.fuzz_formats --seconds 600`.

Each file of `tests/data/formats` is truncated, spliced, overwritten, nested and repeated, from a
seed, and read in a process of its own with limits. Whatever the bytes, a parser must give a
document that keeps its promises, or refuse with `FileUnreadable`: no crash, no hang, no flood of
memory.
"""

import argparse
import itertools
import multiprocessing
import random
import resource
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO
from multiprocessing.connection import Connection
from pathlib import Path

from embeddings.hashing import HashingEncoder
from rag.errors import FileUnreadable
from rag.ingest.chunker import Chunker
from rag.ingest.parsers.registry import container_for, parser_for
from rag.types import ParsedDocument

FORMATS = Path(__file__).parent / "data" / "formats"
TIMEOUT_S = 30.0
"""Of the clock: a machine that does other work besides must not look like a hang."""

MEMORY_BYTES = 3 * 2**30
"""Address space of the reading process, its libraries included."""

_TOKENS = (b"<", b"</a>", b"{", b"[", b'"', b"\x00", b"\xff\xfe", b"%PDF-", b"PK\x03\x04", b"&a;")
_NUMBERS = (b"-1", b"0", b"4294967295", b"99999999999999999999", b"1e308", b"NaN")


def check_document(parsed: ParsedDocument) -> None:
    """What every document promises, however its file was made."""
    length = len(parsed.text)
    parsed.text.encode()
    _in_order([(each.start, each.end) for each in parsed.places], length)
    _in_order(parsed.furniture, length)
    _in_order(parsed.verbatim, length)
    assert all(0 <= each.start <= each.end <= length for each in parsed.headings)
    starts = [each.start for each in parsed.headings]
    assert starts == sorted(starts)
    assert list(parsed.page_starts) == sorted(parsed.page_starts)
    assert all(0 <= start <= length for start in parsed.page_starts)
    assert all(isinstance(key, str) and value.encode() for key, value in parsed.metadata.items())
    position = 0
    for chunk in Chunker(HashingEncoder(), 200).split(parsed):
        assert position <= chunk.start < chunk.end <= length
        assert chunk.text == parsed.text[chunk.start : chunk.end]
        assert all(chunk.start <= a < b <= chunk.end for a, b in chunk.sentences)
        position = chunk.end


def _in_order(spans: Sequence[tuple[int, int]], length: int) -> None:
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)
    assert not edges or (edges[0] >= 0 and edges[-1] <= length)


def mutations(data: bytes, rng: random.Random) -> Iterator[bytes]:
    """Ever more broken forms of a file."""
    while True:
        if zipfile.is_zipfile(BytesIO(data)) and rng.random() < 0.6:
            yield _mutated_package(data, rng)
        else:
            yield _mutated(data, rng)


def _mutated(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        at = rng.randrange(len(changed) + 1)
        match rng.randrange(8):
            case 0:
                del changed[at:]
            case 1:
                del changed[at : at + rng.randrange(1, 200)]
            case 2:
                changed[at : at + 1] = rng.randbytes(1)
            case 3:
                changed[at:at] = rng.randbytes(rng.randrange(1, 60))
            case 4:
                changed[at:at] = rng.choice(_TOKENS) * rng.choice((1, 3, 1000, 20_000))
            case 5:
                changed[at : at + 4] = rng.choice(_NUMBERS)
            case 6:
                other = rng.randrange(len(changed) + 1)
                changed[at:at] = changed[min(at, other) : max(at, other)][:100_000]
            case _:
                changed[at:at] = changed[max(0, at - 40) : at] * rng.choice((2, 50, 2000))
    return bytes(changed[: 4 * 2**20])


def _mutated_package(data: bytes, rng: random.Random) -> bytes:
    """A ZIP archive that is whole, with one member broken."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    chosen = rng.randrange(len(members))
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (path, content) in enumerate(members):
            if number == chosen and rng.random() < 0.1:
                continue
            archive.writestr(path, _mutated(content, rng) if number == chosen else content)
    return target.getvalue()


def read(name: str, data: bytes) -> str:
    """What came of a file, in one word."""
    parser, container = parser_for(name), container_for(name)
    word = "read"
    if parser is not None:
        try:
            check_document(parser.parse(data))
        except FileUnreadable:
            word = "refused"
    if container is not None:
        try:
            for member in itertools.islice(container.members(data), 1000):
                member.path.encode()
        except FileUnreadable:
            word = "refused"
    return word


def _serve(connection: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    sys.stderr = open("/dev/null", "w")  # noqa: PTH123, SIM115 - libraries complain of what they read
    while True:
        name, data = connection.recv()
        try:
            connection.send(read(name, data))
        except Exception as exc:  # noqa: BLE001 - what a parser must never let through
            connection.send(f"{type(exc).__name__}: {exc}"[:300])


class Reader:
    """A process that reads files; another takes its place where it hangs or dies."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._start()

    def _start(self) -> None:
        self._connection, theirs = self._context.Pipe()
        self._process = self._context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._connection.send(("warm-up.txt", b""))
        self._connection.recv()

    def read(self, name: str, data: bytes) -> str:
        try:
            self._connection.send((name, data))
            if self._connection.poll(TIMEOUT_S):
                return str(self._connection.recv())
            outcome = f"hung for {TIMEOUT_S:g} s"
        except (EOFError, OSError):
            self._process.join()
            outcome = f"died with {self._process.exitcode}"
        self.close()
        self._start()
        return outcome

    def close(self) -> None:
        self._process.kill()
        self._process.join()
        self._connection.close()


def fuzz(
    names: Sequence[str], *, seed: int, seconds: float, rounds: int | None = None
) -> Counter[tuple[str, str]]:
    """How often each outcome came up for each file; files that failed are kept in the temporary
    folder and named.
    """
    outcomes: Counter[tuple[str, str]] = Counter()
    reader = Reader()
    until = time.monotonic() + seconds
    streams = {
        name: mutations((FORMATS / name).read_bytes(), random.Random(f"{seed} {name}"))
        for name in names
    }
    try:
        for number in itertools.count():
            if number == rounds:
                break
            for name, stream in streams.items():
                if time.monotonic() > until:
                    return outcomes
                data = next(stream)
                outcome = reader.read(name, data)
                outcomes[name, outcome] += 1
                if outcome not in ("read", "refused") and outcomes[name, outcome] == 1:
                    _keep(name, outcome, data)
    finally:
        reader.close()
    return outcomes


def _keep(name: str, outcome: str, data: bytes) -> None:
    import hashlib
    import tempfile

    digest = hashlib.sha256(data).hexdigest()[:8]
    path = Path(tempfile.gettempdir()) / f"fuzz-{digest}-{name}"
    path.write_bytes(data)
    print(f"{name}: {outcome}: {path}", flush=True)  # noqa: T201 - a program


def main() -> int:
    """Runs until the time is up; 1 where any file was neither read nor refused."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=600)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", default="", help="suffixes, as .pdf,.docx")
    chosen = options.parse_args()
    wanted = tuple(filter(None, chosen.only.split(",")))
    outcomes = fuzz(fixtures(wanted), seed=chosen.seed, seconds=chosen.seconds)
    failures = 0
    for (name, outcome), count in sorted(outcomes.items()):
        print(f"{count:8,}  {name}  {outcome}")  # noqa: T201 - a program
        failures += outcome not in ("read", "refused")
    print(f"{outcomes.total():,} files, {failures} kinds of failure")  # noqa: T201 - a program
    return 1 if failures else 0


def fixtures(suffixes: tuple[str, ...] = ()) -> list[str]:
    """The files that some parser reads."""
    return sorted(
        path.name
        for path in FORMATS.iterdir()
        if (parser_for(path) or container_for(path))
        and (not suffixes or path.name.endswith(suffixes))
        and not path.name.startswith("make")
    )


if __name__ == "__main__":
    sys.exit(main())
