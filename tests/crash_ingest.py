"""Kills real ingests at random moments and checks what they leave.

    python -m tests.crash_ingest [KILLS] [SEED] [--real]

Each round changes two folders (files and archives added, changed, deleted, renamed, copied), starts
an ingest in a process of its own, and kills it at a random moment. Then the database must open, the
doctor must find nothing that the next ingest does not mend, every document that was indexed before
and is still in the folders must be there whole, and no process may be left. One more ingest must
then leave the same as a fresh one: documents, files, chunks, offsets, vectors and answers, with a
doctor who has nothing to say. The suite does a few kills; a longer run finds rarer moments.

`--real` encodes with the default model instead of hashed words, and runs `quoth doctor` besides.
"""

import contextlib
import hashlib
import io
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

from embeddings.base import Encoder
from embeddings.hashing import HashingEncoder
from rag.doctor.doctor import Doctor, Tools
from rag.index.base import SearchQuery
from rag.index.local import LocalIndex
from rag.ingest.chunker import Chunker
from rag.ingest.embedding import chunker_version
from rag.ingest.parsers.registry import container_for, parser_for
from rag.settings import Settings
from rag.store.base import Generation
from rag.store.sqlite import DATABASE_NAME, SqliteStore
from rag.types import SyncReport
from rag.wiring import ingestor_over, open_encoder

DOCUMENTS_AT_FIRST = 24
LEAST_COSINE = 0.9999
MENDED_BY_THE_NEXT_INGEST = {"files", "leftovers", "vector index", "word index"}
"""Checks that may find something after a kill: all are derived from the store, or behind it."""

_WORDS = ("apple", "bridge", "cloud", "dragon", "engine", "forest", "garden", "harbour")
_QUESTIONS = ("apple bridge", "dragon of the forest", "garden harbour engine", "cloud")
_ORPHANS_GONE_S = 10


@dataclass
class World:
    """Two folders of documents and an index of them.

    Attributes:
        changes: What was done to the folders, counted.
    """

    folder: Path
    chance: random.Random
    real: bool = False
    changes: Counter[str] = field(default_factory=Counter)

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @property
    def roots(self) -> tuple[Path, Path]:
        return self.folder / "letters", self.folder / "records"

    def files(self) -> list[Path]:
        return sorted(path for root in self.roots for path in root.rglob("*") if path.is_file())

    def mix_up(self, changes: int) -> None:
        """Adds, changes, deletes, renames and copies files of every kind."""
        for _ in range(changes):
            files = self.files()
            kind = self.chance.choice(
                ("add", "add", "change", "change", "delete", "rename", "copy", "archive", "repack")
            )
            if len(files) < DOCUMENTS_AT_FIRST // 2:
                kind = "add"
            self.changes[kind] += 1
            getattr(self, f"_{kind}")(files)

    def _add(self, files: list[Path]) -> None:
        suffix = self.chance.choice((".txt", ".txt", ".md", ".csv", ".html"))
        write(self._new_name(suffix), content(suffix, self.chance))

    def _change(self, files: list[Path]) -> None:
        file = self.chance.choice(files)
        if file.suffix != ".zip":
            write(file, content(file.suffix, self.chance))

    def _delete(self, files: list[Path]) -> None:
        self.chance.choice(files).unlink()

    def _rename(self, files: list[Path]) -> None:
        file = self.chance.choice(files)
        target = self._new_name(file.suffix)
        target.parent.mkdir(parents=True, exist_ok=True)
        file.rename(target)

    def _copy(self, files: list[Path]) -> None:
        file = self.chance.choice(files)
        write(self._new_name(file.suffix), file.read_bytes())

    def _archive(self, files: list[Path]) -> None:
        members = {f"{n}/{n}.txt": content(".txt", self.chance) for n in range(3)}
        # One that lies outside too: it is stored once and has two names.
        outside = [file for file in files if file.suffix != ".zip"]
        if outside:
            file = self.chance.choice(outside)
            members[f"copy{file.suffix}"] = file.read_bytes()
        write(self._new_name(".zip"), packed(members))

    def _repack(self, files: list[Path]) -> None:
        archives = [file for file in files if file.suffix == ".zip"]
        if not archives:
            return
        archive = self.chance.choice(archives)
        with zipfile.ZipFile(archive) as opened:
            members = {name: opened.read(name) for name in opened.namelist()}
        members.pop(self.chance.choice(sorted(members)))
        members[f"new{self.chance.randrange(10**6)}.md"] = content(".md", self.chance)
        write(archive, packed(members))

    def _new_name(self, suffix: str) -> Path:
        root = self.chance.choice(self.roots)
        inner = self.chance.choice(("", "", "inner", "inner/deep"))
        return root / inner / f"{self.chance.randrange(10**9)}{suffix}"

    def hashes(self) -> set[str]:
        """The sha256 of every document in the folders, those in archives among them."""
        found = set()
        for file in self.files():
            if file.suffix != ".zip":
                found.add(hashlib.sha256(file.read_bytes()).hexdigest())
                continue
            with zipfile.ZipFile(file) as archive:
                for name in archive.namelist():
                    found.add(hashlib.sha256(archive.read(name)).hexdigest())
        return found


def content(suffix: str, chance: random.Random) -> bytes:
    """A document of a kind."""
    lines = [" ".join(chance.choices(_WORDS, k=8)) + "." for _ in range(chance.randint(1, 60))]
    if suffix == ".csv":
        rows = [",".join(chance.choices(_WORDS, k=3)) for _ in lines]
        return "\n".join(["first,second,third", *rows]).encode()
    if suffix == ".md":
        return "\n\n".join([f"# {lines[0]}", *lines]).encode()
    if suffix == ".html":
        body = "".join(f"<p>{line}</p>" for line in lines)
        return f"<html><title>{lines[0]}</title><body><main>{body}</main></body></html>".encode()
    return "\n".join(lines).encode()


def packed(members: dict[str, bytes]) -> bytes:
    """A ZIP archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    # Long ago, so that a time can be trusted; another time for other content.
    moment = 1_600_000_000 * 10**9 + int(hashlib.sha256(data).hexdigest()[:12], 16)
    os.utime(path, ns=(moment, moment))


def settings_of(data_dir: Path) -> Settings:
    return Settings(data_dir=data_dir, parse_workers=1, chunk_tokens=64)


def encoder_of(settings: Settings, *, real: bool) -> Encoder:
    return open_encoder(settings) if real else HashingEncoder(64)


def ingest(data_dir: Path, roots: tuple[Path, ...], *, real: bool) -> SyncReport:
    """A whole ingest in this process."""
    settings = settings_of(data_dir)
    with SqliteStore.open(data_dir / DATABASE_NAME, create=True) as store:
        ingestor = ingestor_over(
            store,
            settings,
            parser_for,
            container_for=container_for,
            encoder=encoder_of(settings, real=real),
        )
        return ingestor.sync(list(roots))


def doctor_of(data_dir: Path, *, real: bool) -> Doctor:
    settings = settings_of(data_dir)
    encoder = encoder_of(settings, real=real)

    def migrate() -> None:
        SqliteStore.open(data_dir / DATABASE_NAME, create=False).close()

    def wanted() -> Generation:
        return Generation(
            encoder.name,
            encoder.fingerprint,
            encoder.dimension,
            chunker_version(settings.chunk_tokens),
        )

    def no_repair() -> None:
        raise AssertionError("nothing is repaired here")

    return Doctor(
        Tools(
            settings=settings,
            database=data_dir / DATABASE_NAME,
            index_dir=data_dir / "index",
            migrate=migrate,
            open_ingestor=no_repair,  # type: ignore[arg-type]
            refresh_index=no_repair,
            wanted=wanted,
            load_encoder=lambda: encoder,
            make_chunker=lambda loaded: Chunker(loaded, settings.chunk_tokens),
            language_model=None,
        )
    )


def examined(data_dir: Path, *, real: bool, deep: bool = False) -> dict[str, str]:
    """What the doctor finds wrong, and how."""
    report = doctor_of(data_dir, real=real).examine(deep=deep)
    return {check.name: check.detail for check in report.checks if not check.ok}


def contents(data_dir: Path, *, real: bool) -> tuple[dict[str, object], np.ndarray]:
    """Everything of an index that must be equal to a fresh one, ids of chunks left out; and the
    vectors in the same order.
    """
    encoder = encoder_of(settings_of(data_dir), real=real)
    with SqliteStore.open(data_dir / DATABASE_NAME, create=False) as store:
        files = {
            (root.path, path): (
                record.size,
                record.sha256,
                record.document_id,
                record.status,
                record.container,
            )
            for root in store.roots()
            for path, record in store.files(root.id).items()
        }
        rows = {row.chunk_id: row for row in store.rows_after(0)}
        found = sorted(
            (chunk.document_id, chunk.ordinal, chunk.id, chunk, owner)
            for chunk, owner in store.chunks(list(rows)).values()
        )
        chunks = [
            (owner.id, owner.paths, chunk.start, chunk.end, chunk.text, chunk.sentences)
            for _, _, _, chunk, owner in found
        ]
        texts = {owner.id: store.document_text(owner.id) for *_, owner in found}
        vectors = np.stack([rows[number].vector for _, _, number, *_ in found])
        answers = [answer_to(question, store, data_dir, encoder) for question in _QUESTIONS]
    return {"files": files, "chunks": chunks, "texts": texts, "answers": answers}, vectors


def answer_to(question: str, store: SqliteStore, data_dir: Path, encoder: Encoder) -> list[object]:
    """The five nearest passages by meaning, as a search finds them."""
    query = SearchQuery(encoder.encode_query(question), ((question, 1.0),))
    found = LocalIndex(data_dir / "index", store).search(query, depth=20)
    chunks = store.chunks(found.ids.tolist())
    ranked = sorted(
        (-round(float(score), 3), owner.id, chunk.ordinal)
        for score, (chunk, owner) in zip(found.dense, chunks.values(), strict=True)
    )
    return list(ranked[:5])


def indexed(data_dir: Path) -> set[str]:
    """The sha256 of every document that is there."""
    if not (data_dir / DATABASE_NAME).exists():
        return set()
    with contextlib.closing(sqlite3.connect(data_dir / DATABASE_NAME)) as db:
        return {row[0] for row in db.execute("SELECT sha256 FROM documents")}


def kill_an_ingest(world: World, after_s: float) -> bool:
    """Starts an ingest and kills it after a while; False where it was quicker."""
    command = [sys.executable, "-m", "tests.crash_ingest", "--ingest", str(world.data_dir)]
    command += ["--real"] if world.real else []
    process = subprocess.Popen([*command, *map(str, world.roots)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()  # the imports are done, the ingest begins
    time.sleep(after_s)
    workers = children_of(process.pid)
    process.send_signal(signal.SIGKILL)
    process.stdout.close()
    killed = process.wait() == -signal.SIGKILL
    _, alive = psutil.wait_procs(workers, timeout=_ORPHANS_GONE_S)
    assert not alive, f"left behind: {alive}"
    return killed


def children_of(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def check_after_kill(world: World, before: set[str]) -> None:
    """What was indexed and is still in the folders is there, whole, and found to be."""
    if not (world.data_dir / DATABASE_NAME).exists():
        assert not before
        return
    found = examined(world.data_dir, real=world.real)
    assert set(found) <= MENDED_BY_THE_NEXT_INGEST, found
    lost = (before & world.hashes()) - indexed(world.data_dir)
    assert not lost, lost


def check_after_ingest(world: World) -> None:
    """The same as a fresh index, and nothing wrong with it."""
    fresh = world.folder / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    ingest(fresh, world.roots, real=world.real)
    (found, vectors), (wanted, others) = (
        contents(data_dir, real=world.real) for data_dir in (world.data_dir, fresh)
    )
    assert found == wanted
    cosines = np.einsum("ij,ij->i", vectors, others)
    assert cosines.min() >= LEAST_COSINE, cosines.min()
    wrong = examined(world.data_dir, real=world.real)
    assert not wrong, wrong


def check_by_command(world: World) -> None:
    """What `quoth doctor` says of the index."""
    settings = {"QUOTH_DATA_DIR": str(world.data_dir), "QUOTH_CHUNK_TOKENS": "64"}
    done = subprocess.run(
        [str(Path(sys.executable).with_name("quoth")), "doctor", "--deep"],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("Nothing is wrong.\n"), done.stdout


def run(
    kills: int,
    seed: int,
    folder: Path,
    *,
    real: bool = False,
    told: Callable[[str], object] = lambda line: None,
) -> int:
    """Returns how many ingests were really killed in the middle.

    Raises:
        AssertionError: Something was lost, halved or different.
    """
    world = World(folder, random.Random(seed), real)
    for root in world.roots:
        root.mkdir(parents=True)
    killed, lasts_s = 0, 0.5
    for number in range(kills):
        world.mix_up(DOCUMENTS_AT_FIRST if number == 0 else world.chance.randint(1, 16))
        before = indexed(world.data_dir)
        died = kill_an_ingest(world, world.chance.uniform(0, lasts_s))
        killed += died
        check_after_kill(world, before)
        started = time.perf_counter()
        again = ingest(world.data_dir, world.roots, real=real)
        # So that the next one is most likely hit in the middle.
        lasts_s = 0.5 * lasts_s + 0.5 * max(0.05, time.perf_counter() - started)
        check_after_ingest(world)
        if real:
            check_by_command(world)
        told(f"{number + 1}: {'killed' if died else 'done'}, then {again.added} added\n")
    last = ingest(world.data_dir, world.roots, real=real)
    assert not (last.added or last.updated or last.moved or last.deleted or last.failed), last
    told(f"{dict(sorted(world.changes.items()))}\n")
    return killed


def main(arguments: list[str]) -> None:
    real = "--real" in arguments
    arguments = [argument for argument in arguments if argument != "--real"]
    if arguments[:1] == ["--ingest"]:
        data_dir, *roots = map(Path, arguments[1:])
        if real:
            encoder_of(settings_of(data_dir), real=True).encode_query("")
        sys.stdout.write("begin\n")
        sys.stdout.flush()
        ingest(data_dir, tuple(roots), real=real)
        return
    kills = int(arguments[0]) if arguments else 100
    seed = int(arguments[1]) if arguments[1:] else random.randrange(10**6)
    sys.stdout.write(f"{kills} kills with seed {seed}\n")
    with tempfile.TemporaryDirectory() as folder:
        killed = run(kills, seed, Path(folder), real=real, told=sys.stdout.write)
    sys.stdout.write(f"{killed} of {kills} ingests were killed in the middle; nothing was lost\n")


if __name__ == "__main__":
    main(sys.argv[1:])
