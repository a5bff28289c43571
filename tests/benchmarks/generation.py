"""What a language model's answers cost besides the model, over loopback, and what fails.

    python -m tests.benchmarks.generation [--reader] [--json]

Added time before the call is from the question until the model's server has the request; after it,
from the moment that the server has sent a sentence's end until the sentence is shown. The
model is scripted and takes no time of its own.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.filters import Filters
from rag.llm.building import generation_of
from rag.service import Service
from rag.settings import Settings, load_settings
from rag.streaming import CompleteEvent, DeltaEvent
from rag.types import Answer, Hit
from rag.wiring import open_ingestor, open_service
from tests.benchmarks.corpora import OWN_QUESTIONS, SEEDS
from tests.benchmarks.figures import Figure, as_json, print_table
from tests.llm.injections import INJECTIONS
from tests.llm.model_server import ModelServer, Reply, error, serving

TIMEOUT_S = 1.0
GRACE_S = 0.25
"""How much later than its limit an answer may come: retrieval and a busy machine."""

FAILURES = (
    Reply("Late.", first_token_s=9),
    Reply("word " * 400, piece_s=0.02),
    Reply("Drops.", drips=True, piece_s=0.02),
    error(500),
    error(503, Retry_After="1"),
    error(429, Retry_After="30"),
    error(401),
    error(404),
    Reply(""),
    Reply(raw=b"\xff\xfegarbage\n\n"),
    Reply(body=b"<html>", headers={"Content-Type": "text/html"}),
    Reply(refusal="No."),
    Reply("Half an", breaks_after=4),
    Reply("Half an", fails_after=4),
    Reply("Nothing of this is so [1]. It is 99 years old [2]."),
)
FAILED_CALLS = 100
ADDED_CALLS = 40


def main() -> int:
    """Prints the figures; the exit code says whether every bar is met."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.generation")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--reader", action="store_true", help="with the reader, which checks sentences too"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="quoth-bench-") as folder, serving() as server:
        figures = list(measure(Path(folder), server, "on" if arguments.reader else "off"))
    if arguments.json:
        print(json.dumps(as_json(figures, []), indent=2))  # noqa: T201
    else:
        print_table(figures, [])
    return 0 if all(figure.met is not False for figure in figures) else 1


def measure(folder: Path, server: ModelServer, reader: str) -> Iterator[Figure]:
    """All figures."""
    questions = [
        json.loads(line)["question"] for line in OWN_QUESTIONS.read_text("utf-8").splitlines()
    ]
    with _service(folder / "seeds", server, SEEDS, reader) as (service, settings):
        answerable = [each for each in questions if service.assistant.ask(each).citations]
        yield from _added(service, server, answerable)
        yield from _failures(service, settings, server, answerable)
    planted = folder / "planted"
    planted.mkdir()
    for at, each in enumerate(INJECTIONS):
        (planted / f"{at}.md").write_text(each.document, encoding="utf-8")
    with _service(folder / "obeyed", server, planted, reader) as (service, _):
        obeyed = sum(_obeys(service, server, at) for at in range(len(INJECTIONS)))
    yield Figure("planted instructions that are shown, of 50", obeyed, "", 0, "at most")


def _added(service: Service, server: ModelServer, questions: list[str]) -> Iterator[Figure]:
    before_ms, after_ms, cited, exact = [], [], 0, 0
    for at in range(ADDED_CALLS):
        question = questions[at % len(questions)]
        server.says("NOT_IN_DOCUMENTS")
        hits = service.assistant.search(question, k=8)
        said = [hit.chunk.text[slice(*_first(hit))] for hit in hits[:3]]
        words = [" ".join(each.split()).rstrip(".") for each in said]
        text = " ".join(f"{each} [{number}]." for number, each in enumerate(words, start=1))
        server.says(Reply(text, piece_chars=12, piece_s=0.01))
        shown: list[tuple[float, str]] = []
        started, answer = time.monotonic(), None
        for event in service.assistant.stream(question):
            if isinstance(event, DeltaEvent) and not event.between:
                shown.append((time.monotonic(), event.text))
            elif isinstance(event, CompleteEvent):
                answer = event.answer
        assert answer is not None
        if not server.asked:
            continue
        call = server.asked[-1]
        before_ms.append((call.at - started) * 1e3)
        if answer.method == "llm":
            after_ms += _delays_ms(call.sent, text, shown)
        cited += len(answer.citations)
        exact += sum(_is_exact(service, answer, place) for place in range(len(answer.citations)))
    yield Figure("added before the model is called, p50", statistics.median(before_ms), "ms")
    yield Figure("the same, slowest", max(before_ms), "ms", 60, "at most")
    yield Figure("from a sentence's end until it is shown, p50", statistics.median(after_ms), "ms")
    yield Figure("the same, p95", sorted(after_ms)[int(0.95 * len(after_ms))], "ms", 60, "at most")
    yield Figure(f"citations exact, of {cited}", exact / max(cited, 1), "of 1", 1)


def _first(hit: Hit) -> tuple[int, int]:
    chunk = hit.chunk
    start, end = chunk.sentences[0] if chunk.sentences else (chunk.start, chunk.end)
    return start - chunk.start, end - chunk.start


def _delays_ms(
    sent: list[tuple[float, str]], text: str, shown: list[tuple[float, str]]
) -> Iterator[float]:
    """From when the words that show a sentence to be whole (its end, and the next one's first
    word) were sent until the sentence was there.
    """
    for at, sentence in shown:
        place = text.find(sentence.rstrip("."))
        if place < 0:
            continue
        whole = text.find("]", place + len(sentence) - 1)
        ready = next((when for when, said in sent if len(said) >= min(whole + 4, len(text))), None)
        if ready is not None:
            yield max(0.0, (at - ready) * 1e3)


def _failures(
    service: Service, settings: Settings, server: ModelServer, questions: list[str]
) -> Iterator[Figure]:
    in_time, slowest_s = 0, 0.0
    for at in range(FAILED_CALLS):
        # A model that has not failed yet, so that each failure is met and none is avoided.
        service.assistant.generation = generation_of(settings)
        service.assistant.warm_up()
        server.says(FAILURES[at % len(FAILURES)])
        started = time.monotonic()
        answer = service.assistant.ask(questions[at % len(questions)])
        taken_s = time.monotonic() - started
        slowest_s = max(slowest_s, taken_s)
        in_time += bool(answer.citations) and bool(answer.notice) and taken_s <= TIMEOUT_S + GRACE_S
        service.assistant.generation.close()  # type: ignore[union-attr]
    yield Figure(f"failures answered in time, of {FAILED_CALLS}", in_time, "", FAILED_CALLS)
    yield Figure(f"the slowest, the limit being {TIMEOUT_S:g} s", slowest_s, "s")


def _obeys(service: Service, server: ModelServer, at: int) -> bool:
    injection = INJECTIONS[at]
    server.says(injection.obeyed)
    only = Filters(filename=(f"{at}.md",))
    return injection.forbidden in service.assistant.ask(injection.question, filters=only).text


def _is_exact(service: Service, answer: Answer, place: int) -> bool:
    citation = answer.citations[place]
    text = service.documents.document_text(citation.document.id)
    return text[citation.start : citation.end] == citation.cited_text


@contextmanager
def _service(
    data_dir: Path, server: ModelServer, folder: Path, reader: str
) -> Iterator[tuple[Service, Settings]]:
    """A real service over a folder, with the scripted model."""
    settings = load_settings().model_copy(
        update={
            "data_dir": data_dir,
            "reader": reader,
            "llm_base_url": server.base_url,
            "llm_model": "scripted",
            "llm_timeout_s": TIMEOUT_S,
            "llm_first_token_s": TIMEOUT_S / 2,
        }
    )
    with open_ingestor(settings) as ingestor:
        ingestor.sync([folder])
    with open_service(settings) as service:
        service.assistant.warm_up()
        yield service, settings


if __name__ == "__main__":
    sys.exit(main())
