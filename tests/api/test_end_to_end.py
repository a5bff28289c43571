"""The command line as a person runs it: whole processes, the real model, the seeds."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_FOR_ASKING = {"torch", "transformers", "sentence_transformers", "openvino_telemetry"}
RUN_AND_LIST = """
import sys
from api.cli import run
from api.engine import Engine
run(sys.argv[1:], Engine())
print(*sorted(name for name, module in sys.modules.items() if module), file=sys.stderr)
"""
QUESTION = "By how much has trade grown since the Xi'an summit?"


@dataclass(frozen=True)
class Quoth:
    """Runs the command line in a working folder of its own."""

    folder: Path
    cache: Path
    reader: str = "off"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if "QUOTH" not in name}
        own = {"QUOTH_READER": self.reader, "QUOTH_CACHE_DIR": str(self.cache), "COLUMNS": "100"}
        return {**kept, **own}

    def run(self, *arguments: str, exits: int = 0) -> subprocess.CompletedProcess[str]:
        done = self.start(*arguments)
        out, err = done.communicate()
        assert done.returncode == exits, err
        return subprocess.CompletedProcess(arguments, done.returncode, out, err)

    def json(self, *arguments: str, exits: int = 0) -> dict:
        return json.loads(self.run(*arguments, "--json", exits=exits).stdout)

    def start(self, *arguments: str, stdin: int | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("quoth")), *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def chat(self, *lines: str, conversation: str | None = None) -> list[dict]:
        options = ["--conversation", conversation] if conversation else []
        chatting = self.start("chat", "--json", *options, stdin=subprocess.PIPE)
        out, _ = chatting.communicate("".join(f"{line}\n" for line in lines))
        return [json.loads(line) for line in out.splitlines()]

    def modules_of(self, *arguments: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-c", RUN_AND_LIST, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return set(done.stderr.splitlines()[-1].split())


@pytest.fixture(scope="module")
def quoth(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Quoth:
    folder = tmp_path_factory.mktemp("working")
    (folder / "seeds").mkdir()
    for seed in (ROOT / "seeds").iterdir():
        (folder / "seeds" / seed.name).write_bytes(seed.read_bytes())
    quoth = Quoth(folder, model_cache)
    assert quoth.json("ingest", "seeds")["added"] == 4
    return quoth


@pytest.fixture(scope="module")
def address(quoth: Quoth) -> Iterator[str]:
    server = quoth.start("serve", "--port", "0")
    assert server.stderr is not None
    found = re.search(r"http://\S+", server.stderr.readline())
    assert found is not None
    yield found[0]
    server.send_signal(signal.SIGINT)
    _, rest = server.communicate()
    assert (server.returncode, rest) == (0, "Stopped.\n")


def test_an_answer_quotes_the_line_it_comes_from(quoth: Quoth) -> None:
    shown = quoth.run("ask", QUESTION).stdout
    assert "[1] seeds/000_fb8b90b9ca84cbc0.txt:" in shown
    assert re.search(r"«[^»]*35 percent[^»]*»", shown)


def test_every_citation_is_the_files_own_text(quoth: Quoth) -> None:
    answer = quoth.json("ask", QUESTION)
    assert answer["citations"]
    for citation in answer["citations"]:
        text = (quoth.folder / "seeds" / citation["filename"]).read_text(encoding="utf-8")
        span = slice(citation["start_char_index"], citation["end_char_index"])
        assert text[span] == citation["cited_text"]


def test_a_conversation_is_kept_gone_on_with_and_removed_when_it_is_old(quoth: Quoth) -> None:
    first, empty, followed = quoth.chat(QUESTION, "", "What about tunnels?")
    assert first["citations"] == quoth.json("ask", QUESTION)["citations"]
    assert empty["error"]["type"] == "question-invalid"
    assert followed["history_terms"]
    kept = first["conversation_id"]
    assert followed["conversation_id"] == kept
    database = sqlite3.connect(quoth.folder / ".quoth" / "quoth.sqlite3")
    with closing(database), database:
        database.execute("UPDATE conversations SET updated_at = '2001-01-01T00:00:00.000000Z'")
    (failed,) = quoth.chat("Why?", conversation=kept)
    assert failed["error"]["type"] == "unknown-conversation"


def test_what_the_seeds_do_not_say_is_not_found(quoth: Quoth) -> None:
    answer = quoth.json("ask", "Who won the 2022 FIFA World Cup?", exits=3)
    assert (answer["status"], answer["citations"]) == ("not_found", [])
    assert answer["hits"]


def test_asking_does_not_import_what_starts_slowly(quoth: Quoth) -> None:
    assert quoth.modules_of("ask", QUESTION) & NOT_FOR_ASKING == set()


def test_an_ingest_of_unchanged_files_loads_no_model(quoth: Quoth) -> None:
    modules = quoth.modules_of("ingest", "seeds")
    assert modules & (NOT_FOR_ASKING | {"openvino", "faiss", "tantivy", "tokenizers"}) == set()


def test_an_ingest_of_unchanged_files_says_so(quoth: Quoth) -> None:
    report = quoth.json("ingest", "seeds")
    assert (report["added"], report["unchanged"], report["failed"]) == (0, 4, [])


def test_a_search_finds_passages(quoth: Quoth) -> None:
    hits = quoth.json("search", "railway tunnels", "-k", "2")["hits"]
    assert len(hits) == 2
    assert "tunnels" in hits[0]["text"]


def test_a_filter_keeps_other_files_out(quoth: Quoth) -> None:
    hits = quoth.json("search", "Kazakhstan", "--filter", "filename=003_*")["hits"]
    assert {hit["filename"] for hit in hits} == {"003_46b635a4662371e7.txt"}


def test_the_status_counts_what_is_there(quoth: Quoth) -> None:
    status = quoth.json("status")
    assert (status["documents"], status["failed"]) == (4, [])
    assert [root["path"] for root in status["roots"]] == [str(quoth.folder / "seeds")]


def test_a_path_that_does_not_exist_fails_with_a_sentence(quoth: Quoth) -> None:
    error = quoth.json("ingest", "nowhere", exits=1)["error"]
    assert error["type"] == "path-not-found"
    assert "nowhere" in error["message"]


@pytest.mark.parametrize("question", ["", "?!", "x" * 100_000])
def test_a_question_that_is_none_is_a_usage_error(quoth: Quoth, question: str) -> None:
    assert quoth.json("ask", question, exits=2)["error"]["type"] == "question-invalid"


def test_a_reader_that_leaves_early_leaves_quietly(quoth: Quoth) -> None:
    asking = quoth.start("search", "Kazakhstan")
    assert asking.stdout is not None
    assert asking.stderr is not None
    asking.stdout.close()
    assert asking.stderr.read() == ""
    asking.stderr.close()
    assert asking.wait() == 1


def test_the_server_answers_as_the_command_line_does(quoth: Quoth, address: str) -> None:
    body = json.dumps({"question": QUESTION}).encode()
    request = urllib.request.Request(
        f"{address}/v1/ask", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as response:
        served = json.load(response)
    asked = quoth.json("ask", QUESTION)
    assert served["citations"] == asked["citations"]
    assert served["answer"] == asked["answer"]


def test_the_server_is_ready(address: str) -> None:
    with urllib.request.urlopen(f"{address}/readyz") as response:
        assert json.load(response) == {"status": "ready"}


def test_without_an_ingest_a_question_says_what_to_do(tmp_path: Path) -> None:
    done = Quoth(tmp_path, tmp_path).run("ask", QUESTION, exits=1)
    assert "quoth ingest" in done.stderr
    assert "Traceback" not in done.stderr


def test_explain_shows_what_was_weighed(quoth: Quoth) -> None:
    shown = quoth.run("ask", "--explain", QUESTION).stdout
    assert "Why: By how much has trade grown" in shown
    assert "confidence 0." in shown
    explained = quoth.json("ask", "--explain", QUESTION)
    assert explained["status"] == "answered"
    [part] = explained["explanation"]
    assert set(part["signals"]) == {"score", "unknown", "alone"}
    assert part["sentences"][0]["score"] == max(each["score"] for each in part["sentences"])
    assert part["passages"]


def test_with_the_reader_the_words_that_answer_come_first_and_are_marked(quoth: Quoth) -> None:
    reading = replace(quoth, reader="auto")
    answer = reading.json("ask", QUESTION)
    assert answer["short_answer"] == "35 percent"
    first = answer["citations"][0]
    [(start, end)] = [
        (each["start_char_index"], each["end_char_index"]) for each in first["highlights"]
    ]
    shift = first["start_char_index"]
    assert first["cited_text"][start - shift : end - shift] == "35 percent"
    assert answer["timings_ms"]["read"] > 0
    assert reading.run("ask", QUESTION).stdout.startswith("35 percent")
    explained = reading.json("ask", "--explain", QUESTION)["explanation"][0]
    assert any(each["reading"] for each in explained["passages"])
    assert "reader: words that answer" in reading.run("ask", "--explain", QUESTION).stdout


def test_without_the_reader_there_is_no_short_answer(quoth: Quoth) -> None:
    answer = quoth.json("ask", QUESTION)
    assert answer["short_answer"] is None
    assert not any(each["highlights"] for each in answer["citations"])


def test_explaining_within_a_conversation_is_refused(quoth: Quoth) -> None:
    done = quoth.run("ask", "--explain", "--conversation", "conv_1", QUESTION, exits=2)
    assert "--explain cannot be used with --conversation" in done.stderr
