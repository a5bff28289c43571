"""Kills real ingests at random moments and checks what they leave.

    python -m tests.crash_ingest [KILLS] [SEED]

After every kill the database must open, hold every document that an earlier commit held (the
folder only grows until the last kill), and hold whole documents only. At the end one more run
must leave the same as a fresh ingest of the same folder: documents, files, chunks, offsets and
vectors. The suite does a few kills; a longer run finds rarer moments.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from rag.store.sqlite import DATABASE_NAME, SqliteStore
from rag.types import SyncReport
from tests.rag.ingest.small_ingest import LONG_AGO_NS, CountingEncoder, SmallIngest

DOCUMENTS_A_ROUND = 40
_WORDS = ("apple", "bridge", "cloud", "dragon", "engine", "forest", "garden", "harbour")


def write_documents(docs: Path, round_number: int, chance: random.Random) -> None:
    """New files, a rename and a copy: no document goes."""
    for number in range(DOCUMENTS_A_ROUND):
        _write(docs / f"round{round_number}" / f"{number}.txt", _text(chance))
    files = sorted(docs.rglob("*.txt"))
    renamed, copied = chance.sample(files, 2)
    shutil.copy2(copied, docs / f"copy{round_number}.txt")
    renamed.rename(docs / f"renamed{round_number}.txt")


def change_documents(docs: Path, chance: random.Random) -> None:
    """Other content in some files, and others deleted."""
    files = sorted(docs.rglob("*.txt"))
    for file in chance.sample(files, len(files) // 4):
        _write(file, _text(chance))
    for file in chance.sample(files, len(files) // 4):
        file.unlink()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))


def _text(chance: random.Random) -> str:
    lines = chance.randint(1, 120)
    return "\n".join(" ".join(chance.choices(_WORDS, k=8)) for _ in range(lines))


def ingest(data_dir: Path, docs: Path) -> SyncReport:
    """A whole ingest in this process."""
    with SqliteStore.open(data_dir / DATABASE_NAME, create=True) as store:
        return SmallIngest(data_dir, docs, store, CountingEncoder()).ingestor.sync([docs])


def contents(data_dir: Path) -> dict[str, object]:
    """Everything of an index that must be equal to a fresh one; ids of chunks are left out."""
    with SqliteStore.open(data_dir / DATABASE_NAME, create=False) as store:
        (root,) = store.roots()
        files = {
            path: (record.size, record.sha256, record.document_id, record.status)
            for path, record in store.files(root.id).items()
        }
        rows = {row.chunk_id: row for row in store.rows_after(0)}
        chunks = store.chunks(list(rows))
        sentences = store.sentence_vectors(list(rows))
        found = sorted(
            (
                chunk.document_id,
                chunk.ordinal,
                chunk.start,
                chunk.end,
                chunk.text,
                owner.paths,
                rows[chunk.id].vector.tobytes(),
                np.asarray(sentences[chunk.id]).tobytes(),
            )
            for chunk, owner in chunks.values()
        )
        texts = {owner.id: store.document_text(owner.id) for _, owner in chunks.values()}
    return {"files": files, "chunks": found, "texts": texts}


def check_after_kill(data_dir: Path, known: set[str]) -> set[str]:
    """The documents that are there, whole and more than before."""
    if not (data_dir / DATABASE_NAME).exists():
        assert not known
        return known
    with SqliteStore.open(data_dir / DATABASE_NAME, create=False) as store:
        rows = [row.chunk_id for row in store.rows_after(0)]
        chunks_of: dict[str, list[int]] = {}
        for chunk, _ in store.chunks(rows).values():
            chunks_of.setdefault(chunk.document_id, []).append(chunk.ordinal)
        for document_id, ordinals in chunks_of.items():
            lines = store.document_text(document_id).count("\n") + 1
            assert sorted(ordinals) == list(range(lines)), document_id
        there = set(chunks_of)
        assert known <= there, known - there
        with store._connections.reading() as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    return there


def kill_an_ingest(data_dir: Path, docs: Path, after_s: float) -> bool:
    """Starts an ingest and kills it after a while; False where it was quicker."""
    command = [sys.executable, "-m", "tests.crash_ingest", "--ingest", str(data_dir), str(docs)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()  # the imports are done, the ingest begins
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    process.stdout.close()
    return process.wait() == -signal.SIGKILL


def run(kills: int, seed: int, folder: Path) -> int:
    """Returns how many ingests were really killed in the middle.

    Raises:
        AssertionError: Something was lost, halved or different.
    """
    chance = random.Random(seed)
    data_dir, docs, fresh = folder / "data", folder / "docs", folder / "fresh"
    known: set[str] = set()
    killed = 0
    for round_number in range(kills):
        write_documents(docs, round_number, chance)
        killed += kill_an_ingest(data_dir, docs, chance.uniform(0, 0.4))
        known = check_after_kill(data_dir, known)
    change_documents(docs, chance)
    killed += kill_an_ingest(data_dir, docs, chance.uniform(0, 0.4))
    check_after_kill(data_dir, set())
    ingest(data_dir, docs)
    second = ingest(data_dir, docs)
    assert second.unchanged == len(list(docs.rglob("*.txt"))), second
    assert not (second.added or second.updated or second.moved or second.deleted), second
    ingest(fresh, docs)
    assert contents(data_dir) == contents(fresh)
    return killed


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--ingest"]:
        sys.stdout.write("begin\n")
        sys.stdout.flush()
        ingest(Path(arguments[1]), Path(arguments[2]))
        return
    kills = int(arguments[0]) if arguments else 100
    seed = int(arguments[1]) if arguments[1:] else random.randrange(10**6)
    sys.stdout.write(f"{kills} kills with seed {seed}\n")
    with tempfile.TemporaryDirectory() as folder:
        killed = run(kills, seed, Path(folder))
    sys.stdout.write(
        f"{killed} of {kills + 1} ingests were killed in the middle; nothing was lost\n"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
