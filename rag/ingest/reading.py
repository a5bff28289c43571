"""Documents out of files, in order: small text files where we are, everything else in processes of
their own, which work ahead of whoever takes the documents.

A document that the store has is not read again, nor is content that has failed before in this run.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass

from rag.errors import FileUnreadable
from rag.ingest.files import FileState, document_id, hash_file, read_file
from rag.ingest.parsers.base import Parser
from rag.ingest.parsing.carrying_out import guarded, require_valid
from rag.ingest.parsing.pool import ParserPool
from rag.ingest.parsing.tasks import Failed, Outcome, Parsed, ParseTask
from rag.ingest.plan import Reading

_AHEAD_PER_WORKER = 16
_AHEAD_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Known:
    """A file whose document is there already."""

    state: FileState


@dataclass(frozen=True, slots=True)
class Begun:
    """A file that is being read elsewhere, or whose outcome is settled already."""

    id: str
    state: FileState
    future: "Future[Outcome] | None"


class DocumentReading:
    """Reads files for one run.

    Args:
        pool: Of processes that read.
        max_bytes: Larger files fail.

    Attributes:
        is_known: Whether a document with an id is stored or waits to be; set by who takes them.
    """

    def __init__(self, pool: ParserPool, max_bytes: int) -> None:
        self.is_known: Callable[[str], bool] = lambda document_id: False
        self._pool = pool
        self._max_bytes = max_bytes
        self._futures: dict[str, Future[Outcome]] = {}
        self._failed: dict[str, Failed] = {}

    def ahead(
        self, readings: Iterable[Reading], collection: str
    ) -> "Iterator[tuple[Reading, Begun | Failed | None]]":
        """The readings in their order, each begun a while before it is given."""
        window: deque[tuple[Reading, Begun | Failed | None]] = deque()
        size = 0
        for reading in readings:
            window.append((reading, self._begin(reading, collection)))
            size += reading.found.size
            while len(window) > _AHEAD_PER_WORKER * self._pool.workers or size > _AHEAD_BYTES:
                size -= window[0][0].found.size
                yield window.popleft()
        yield from window

    def document(
        self, reading: Reading, begun: "Begun | Failed | None", collection: str
    ) -> Parsed | Known | Failed:
        """What a file holds.

        Args:
            reading: With a parser.
            begun: What `ahead` gave with it.
            collection: That the document is for.
        """
        if isinstance(begun, Failed):
            return begun
        if begun is None:
            return self._read_here(reading, collection)
        # What was known when the file was begun may have been dropped with its last file since.
        if self.is_known(begun.id):
            return Known(begun.state)
        if begun.id in self._failed:
            return self._failed[begun.id]
        outcome = (begun.future or self._submit(reading)).result()
        self._futures.pop(begun.id, None)
        if isinstance(outcome, Parsed):
            return outcome
        assert isinstance(outcome, Failed)
        if outcome.state is None and not (outcome.is_gone or outcome.is_disk):
            # The process did not live to say; the same content would cost as much again.
            outcome = Failed(outcome.reason, begun.state, detail=outcome.detail)
        if outcome.state is not None and outcome.state.sha256 == begun.state.sha256:
            self._failed[begun.id] = outcome
        return outcome

    def _begin(self, reading: Reading, collection: str) -> Begun | Failed | None:
        parser = reading.parser
        if parser is None or is_trusted(parser):
            return None
        state = self._guarded_state(reading)
        if isinstance(state, Failed):
            return state
        new_id = document_id(collection, state.sha256, parser)
        if new_id in self._failed or self.is_known(new_id):
            return Begun(new_id, state, None)
        if new_id not in self._futures:
            self._futures[new_id] = self._submit(reading)
        return Begun(new_id, state, self._futures[new_id])

    def _submit(self, reading: Reading) -> "Future[Outcome]":
        assert reading.parser is not None
        task = ParseTask(reading.parser, reading.found.absolute, self._max_bytes)
        return self._pool.submit(task)

    def _read_here(self, reading: Reading, collection: str) -> Parsed | Known | Failed:
        parser = reading.parser
        assert parser is not None
        try:
            state, data = read_file(reading.found.absolute, self._max_bytes)
        except (OSError, FileUnreadable) as exc:
            return _unread(exc)
        if self.is_known(document_id(collection, state.sha256, parser)):
            return Known(state)
        outcome = guarded(state, lambda: _parsed(parser, state, data))
        assert isinstance(outcome, (Parsed, Failed))
        return outcome

    def _guarded_state(self, reading: Reading) -> FileState | Failed:
        try:
            return hash_file(reading.found.absolute, self._max_bytes)
        except (OSError, FileUnreadable) as exc:
            return _unread(exc)


def is_trusted(parser: Parser) -> bool:
    """Whether a parser may read files in this process; see `rag.ingest.parsers.base.Parser`."""
    return getattr(parser, "trusted", False) is True


def _parsed(parser: Parser, state: FileState, data: bytes) -> Parsed:
    document = parser.parse(data)
    require_valid(document.text)
    return Parsed(state, document)


def _unread(exc: OSError | FileUnreadable) -> Failed:
    if isinstance(exc, FileNotFoundError):
        return Failed("It was gone before it could be read.", is_gone=True)
    if isinstance(exc, FileUnreadable):
        return Failed(exc.message)
    return Failed(f"It cannot be read: {exc.strerror or exc}.", is_disk=True)
