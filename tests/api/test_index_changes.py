"""A server answers all the while, and rightly, whatever other processes do to its index."""

import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.api.client import QUESTION, QUOTE
from tests.api.serving import Folder, Served, ingested_folder, served

SEEN_WITHIN_S = 1.0
MANY = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Folder:
    return ingested_folder(tmp_path_factory.mktemp("changes"), model_cache)


@pytest.fixture(scope="module")
def server(folder: Folder) -> Iterator[Served]:
    with served(folder) as server:
        yield server


class Client:
    """Asks one question after another, and notes what was not answered as it should be."""

    def __init__(self, server: Served) -> None:
        self.asked = 0
        self.wrong: list[str] = []
        self._server = server
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(2)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._stopped.is_set():
            try:
                answer = self._server.post("/v1/ask", {"question": QUESTION})
                cited = [each["cited_text"] for each in answer["citations"]]
                if QUOTE not in cited:
                    self.wrong.append(f"{answer['status']}: {cited}")
            except Exception as exc:  # noqa: BLE001 - whatever it is, it is counted
                self.wrong.append(f"{type(exc).__name__}: {exc}")
            self.asked += 1


@contextmanager
def asked_all_the_while(server: Served) -> Iterator[None]:
    """Inside, somebody asks without a pause; at the end nothing may have gone wrong."""
    client = Client(server)
    client.start()
    try:
        yield
    finally:
        client.stop()
    assert client.asked > 3
    assert client.wrong == []


def first_hit(server: Served, query: str) -> str:
    return str(server.post("/v1/search", {"query": query, "k": 1})["hits"][0]["filename"])


def seen_after_s(server: Served, query: str, filename: str) -> float:
    """How long it takes until a search finds a file first."""
    started = time.perf_counter()
    while first_hit(server, query) != filename:
        assert time.perf_counter() - started < 20
    return time.perf_counter() - started


def test_a_large_ingest_is_seen_within_a_second_and_costs_no_request(
    folder: Folder, server: Served
) -> None:
    many = folder.path / "docs" / "many"
    many.mkdir()
    for number in range(MANY):
        (many / f"{number}.txt").write_text(f"Crate {number} holds {number * 7} lamps.\n")
    with asked_all_the_while(server):
        folder.run("ingest")
        # Bridges have nothing to do with crates: this one file comes after a fold of the base.
        (folder.path / "docs" / "bridge.txt").write_text("The bridge of Ulm has five arches.\n")
        folder.run("ingest")
        assert seen_after_s(server, "How many arches has the bridge?", "bridge.txt") < SEEN_WITHIN_S


def test_what_is_deleted_and_forgotten_is_gone_within_a_second(
    folder: Folder, server: Served
) -> None:
    (folder.path / "docs" / "well.txt").write_text("The well of Bremen is dry in summer.\n")
    other = folder.path / "other"
    other.mkdir()
    (other / "mill.txt").write_text("The mill of Hameln turns in winter.\n")
    folder.run("ingest", "docs", "other")
    assert first_hit(server, "Which well is dry?") == "well.txt"
    assert first_hit(server, "When does the mill turn?") == "mill.txt"
    with asked_all_the_while(server):
        (folder.path / "docs" / "well.txt").unlink()
        shutil.rmtree(folder.path / "docs" / "many", ignore_errors=True)
        folder.run("ingest", "docs")
        started = time.perf_counter()
        assert first_hit(server, "Which well is dry?") != "well.txt"
        folder.run("forget", "other")
        assert first_hit(server, "When does the mill turn?") != "mill.txt"
        assert time.perf_counter() - started < SEEN_WITHIN_S + 5  # the command itself among it


def test_another_generation_is_built_beside_the_one_that_answers(
    folder: Folder, server: Served
) -> None:
    smaller = Folder(folder.path, folder.cache, {"QUOTH_CHUNK_TOKENS": "64"})
    with asked_all_the_while(server):
        smaller.run("ingest")
        assert generations(folder) == ["1/64"]
        folder.run("ingest")
        assert generations(folder) == ["1/200"]
    index = folder.path / ".quoth" / "index"
    assert len(list(index.glob("g*"))) == 1


def test_a_repair_is_made_while_the_server_answers(folder: Folder, server: Served) -> None:
    with closing(sqlite3.connect(folder.path / ".quoth" / "quoth.sqlite3")) as db, db:
        db.execute("UPDATE chunks SET last_line = 99 WHERE text LIKE '%ninety tunnels%'")
    for file in (folder.path / ".quoth" / "index").glob("g*/vectors.faiss"):
        file.write_bytes(b"damaged")
    with asked_all_the_while(server):
        said = folder.run("doctor", "--repair")
    assert "mended  texts" in said
    assert "mended  vector index" in said
    assert "Nothing is wrong." in said
    hit = server.post("/v1/search", {"query": "How many tunnels are there?", "k": 1})["hits"][0]
    assert hit["end_line"] < 99


def test_an_import_waits_until_the_server_is_stopped(folder: Folder, server: Served) -> None:
    folder.run("export", "index.quoth")
    with asked_all_the_while(server):
        said = folder.fail("import", "index.quoth", "--replace")
    assert "Stop it" in said


def generations(folder: Folder) -> list[str]:
    with closing(sqlite3.connect(folder.path / ".quoth" / "quoth.sqlite3")) as db:
        return [row[0] for row in db.execute("SELECT chunker FROM generations")]
