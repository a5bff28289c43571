"""What a check says, and what it may look at.

A check only looks: whatever it finds, everything is as it was afterwards. What mends is in
`rag.doctor.repair` and its neighbours.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embeddings.base import Encoder
    from rag.ingest.embedding import DocumentSplitter
    from rag.settings import Settings
    from rag.store.base import Generation
    from rag.store.reader import SqliteReader


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found.

    Attributes:
        name: What was looked at, in a word or two; the same every time.
        ok: Whether all is as it should be; True too where there was nothing to look at.
        detail: One sentence: how much was looked at, or what is wrong, where and how often.
        hint: What to do about it, in one sentence; empty where nothing is to be done.
        repairable: Whether a repair can mend it.
    """

    name: str
    ok: bool
    detail: str
    hint: str = ""
    repairable: bool = False


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair did, or could not do.

    Attributes:
        name: The check's that it answers.
        done: Whether it succeeded.
        detail: One sentence.
    """

    name: str
    done: bool
    detail: str


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """The checks as they stand in the end, and the repairs that were tried before."""

    checks: tuple[Check, ...]
    repairs: tuple[Repair, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return all(check.ok for check in self.checks)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a check is: `done` of `total` things (None while unknown)."""

    stage: str
    done: int
    total: int | None
    path: str | None = None


OnProgress = Callable[[Progress], None]


@dataclass(slots=True)
class Findings:
    """What checks hand on to the repairs: which documents are not as they should be."""

    documents: set[str] = field(default_factory=set)
    missing_texts: set[str] = field(default_factory=set)
    answers: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Subject:
    """Everything that a check may look at.

    Attributes:
        database: The store's file.
        store, db: One moment of it, for reading.
        index_dir: Where the indexes over vectors and words lie.
        wanted: The generation that the settings ask for; raises a QuothError.
        load_encoder: Loads the model; raises a QuothError.
        locked: Whether the lock of ingests is held for whoever looks.
        deep: Whether to read every file, and not only to look at sizes and times.
        language_model: Tries the language model and returns what it found; raises a QuothError;
            None where none is set.
        reader: The same of the reader; None where it is switched off.
    """

    data_dir: Path
    database: Path
    index_dir: Path
    settings: "Settings"
    store: "SqliteReader"
    db: sqlite3.Connection
    wanted: "Callable[[], Generation]"
    load_encoder: "Callable[[], Encoder]"
    make_chunker: "Callable[[Encoder], DocumentSplitter]"
    language_model: Callable[[], str] | None
    reader: Callable[[], str] | None
    locked: bool
    deep: bool
    on_progress: OnProgress
    findings: Findings


Examination = Callable[[Subject], Iterator[Check]]
"""Looks at one thing and tells what it found; may raise a QuothError, which is then the finding."""


def counted(number: int, noun: str) -> str:
    """A number with its noun, as `1 chunk` and `2,000 chunks`."""
    return f"{number:,} {noun if number == 1 else f'{noun}s'}"


def some(names: Sequence[str], at_most: int = 3) -> str:
    """The first few of many, as `'a', 'b', 'c' and 4 more`."""
    shown = ", ".join(repr(name) for name in names[:at_most])
    more = len(names) - at_most
    return f"{shown} and {more:,} more" if more > 0 else shown
