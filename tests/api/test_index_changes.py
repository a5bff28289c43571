"""A server answers all the while, and rightly, whatever other processes do to its index."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.api.client import QUESTION, QUOTE
from tests.api.serving import Folder, Served, ingested_folder, served

MANY = 60
MANY_NAMES = {f"many/{number}.txt" for number in range(MANY)}
_PAUSE_S = 0.02  # between two questions of one client: the processes need the cores too


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Folder:
    return ingested_folder(tmp_path_factory.mktemp("changes"), model_cache)


@pytest.fixture(scope="module")
def server(folder: Folder) -> Iterator[Served]:
    with served(folder) as server:
        yield server


class Client:
    """Asks one question after the other, and notes what was not answered as it should be."""

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
            self._stopped.wait(_PAUSE_S)


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


def test_a_large_ingest_is_seen_by_the_next_question_and_costs_no_request(
    folder: Folder, server: Served
) -> None:
    many = folder.path / "docs" / "many"
    many.mkdir()
    for number in range(MANY):
        (many / f"{number}.txt").write_text(f"Crate {number} holds {number * 7} lamps.\n")
    with asked_all_the_while(server):
        (folder.path / "docs" / "bridge.txt").write_text("The bridge of Ulm has five arches.\n")
        folder.run("ingest")
        # The first question after it, not one a second later.
        assert first_hit(server, "How many arches has the bridge?") == "bridge.txt"


def test_what_is_deleted_and_forgotten_is_gone_at_once(folder: Folder, server: Served) -> None:
    other = folder.path / "other"
    other.mkdir()
    (other / "mill.txt").write_text("The mill of Hameln turns in winter.\n")
    with asked_all_the_while(server):
        shutil.rmtree(folder.path / "docs" / "many")
        folder.run("ingest", "docs", "other")
        assert first_hit(server, "How many lamps does crate 7 hold?") not in MANY_NAMES
        assert first_hit(server, "When does the mill turn?") == "mill.txt"
        folder.run("forget", "other")
        assert first_hit(server, "When does the mill turn?") != "mill.txt"


def test_another_generation_is_built_beside_the_one_that_answers(
    folder: Folder, server: Served
) -> None:
    with asked_all_the_while(server):
        smaller(folder).run("ingest")
        assert generations(folder) == ["1/64"]
    index = folder.path / ".quoth" / "index"
    assert [path.name for path in index.glob("g*")] == ["g2"]


def test_a_repair_is_made_while_the_server_answers(folder: Folder, server: Served) -> None:
    with closing(sqlite3.connect(folder.path / ".quoth" / "quoth.sqlite3")) as db, db:
        db.execute("UPDATE chunks SET last_line = 99 WHERE text LIKE '%ninety tunnels%'")
    for file in (folder.path / ".quoth" / "index").glob("g*/vectors.faiss"):
        file.write_bytes(b"damaged")
    with asked_all_the_while(server):
        said = smaller(folder).run("doctor", "--repair")
    assert "mended  texts" in said
    assert "mended  vector index" in said
    assert "Nothing is wrong." in said
    hit = server.post("/v1/search", {"query": "How many tunnels are there?", "k": 1})["hits"][0]
    assert hit["end_line"] < 99


def test_an_import_waits_until_the_server_is_stopped(folder: Folder, server: Served) -> None:
    folder.run("export", "index.quoth")
    assert "Stop it" in folder.fail("import", "index.quoth", "--replace")


def smaller(folder: Folder) -> Folder:
    """The same folder under settings that ask for another index."""
    return Folder(folder.path, folder.cache, {"QUOTH_CHUNK_TOKENS": "64"})


def generations(folder: Folder) -> list[str]:
    with closing(sqlite3.connect(folder.path / ".quoth" / "quoth.sqlite3")) as db:
        return [row[0] for row in db.execute("SELECT chunker FROM generations")]
