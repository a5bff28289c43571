"""Measures everything in one run: `python -m tests.benchmarks [--eval FOLDER] [--json]`."""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rag.evaluation.runner import EvaluationReport
from rag.settings import Settings
from tests.benchmarks import answering, encoding, processes, serving
from tests.benchmarks.corpora import OWN_QUESTIONS, SEEDS, Corpus, seeds_corpus, squad2_corpus
from tests.benchmarks.figures import Figure, as_json, print_table

QUESTION = "By how much has trade grown since the Xi'an summit?"
NOT_FOR_ASKING = {"torch", "transformers", "sentence_transformers"}
NOT_FOR_NOTHING = NOT_FOR_ASKING | {"openvino", "tokenizers", "faiss", "tantivy"}
EXACTNESS_QUESTIONS = 200
STARTS = 3
FIRST_BYTES = 60
QUESTION_SET = Path("seeds") / "questions.jsonl"


def main() -> int:
    """Prints the figures; the exit code says whether every bar is met."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--eval", type=Path, help="the folder of public question sets")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    missing = [] if arguments.eval else ["Without --eval all is measured on the seeds alone."]
    with tempfile.TemporaryDirectory(prefix="quoth-bench-") as folder:
        figures = []
        for figure in measure(arguments.eval, Path(folder)):
            figures.append(figure)
            print(f"{figure.name}: {figure.value:.4g} {figure.unit}", file=sys.stderr)  # noqa: T201
    if arguments.json:
        print(json.dumps(as_json(figures, missing), indent=2))  # noqa: T201
    else:
        print_table(figures, missing)
    return 0 if all(figure.met is not False for figure in figures) else 1


def measure(evaluation: Path | None, folder: Path) -> Iterator[Figure]:
    """All figures. What imports torch comes last, so that it burdens nothing else."""
    seeds_data, corpus_data = folder / "seeds", folder / "corpus"
    ingest_seconds(SEEDS, seeds_data)
    yield from _process_figures(seeds_data)
    yield from _seeds_figures(seeds_data, evaluation)
    corpus = squad2_corpus(evaluation, folder / "squad2") if evaluation else seeds_corpus()
    before_s = ingest_seconds(corpus.folder, corpus_data)
    yield from _search_figures(corpus, corpus_data)
    yield from _serving_figures(corpus, corpus_data, folder)
    cost = encoding.compare_encoders(encoding.indexed_texts(corpus_data), Settings())
    # Once on each side of what it is compared with: the machine may be busier at one of them.
    after_s = ingest_seconds(corpus.folder, folder / "again")
    yield from _encoding_figures(corpus, cost, (before_s + after_s) / 2)


def ingest_seconds(documents: Path, data_dir: Path) -> float:
    """How long a whole ingest into a new data folder takes, as a process."""
    return processes.run_once(["ingest", str(documents), "--json"], data_dir).wall_s


def _process_figures(data_dir: Path) -> Iterator[Figure]:
    ask = processes.cost_of(["ask", QUESTION], data_dir)
    yield Figure("quoth ask on the seeds, whole process", ask.wall_s, "s", 0.6, "at most")
    yield Figure("quoth ask on the seeds, peak memory", ask.peak_mb, "MB", 400, "at most")
    asking = processes.imported_by(["ask", QUESTION], data_dir) & NOT_FOR_ASKING
    yield Figure("quoth ask, heavy libraries imported", len(asking), "", 0, "at most")
    nothing = processes.cost_of(["ingest", str(SEEDS)], data_dir)
    yield Figure("quoth ingest of unchanged seeds", nothing.wall_s, "s", 0.4, "at most")
    loaded = processes.imported_by(["ingest", str(SEEDS)], data_dir) & NOT_FOR_NOTHING
    yield Figure("quoth ingest unchanged, heavy imports", len(loaded), "", 0, "at most")


def _seeds_figures(data_dir: Path, evaluation: Path | None) -> Iterator[Figure]:
    yield from _counted("own seeds questions", answering.answer_all(data_dir, OWN_QUESTIONS))
    if evaluation is not None:
        report = answering.answer_all(data_dir, evaluation / QUESTION_SET)
        yield from _counted("seeds questions", report, answered=16, first=15, refused=6)


def _counted(
    name: str,
    report: EvaluationReport,
    *,
    answered: int | None = None,
    first: int | None = None,
    refused: int | None = None,
) -> Iterator[Figure]:
    """How many questions were answered, rightly first, and refused, against these bars."""
    judged = [outcome.judgement for outcome in report.outcomes]
    grounded = sum(judgement.grounded for judgement in judged)
    right_first = sum(judgement.right_at_1 and judgement.file_at_1 for judgement in judged)
    right_refused = report.unanswerable - sum(judgement.wrongly_answered for judgement in judged)
    of = f", of {report.answerable}"
    yield Figure(f"{name} answered{of}", grounded, "", answered)
    yield Figure(f"{name}, first citation right{of}", right_first, "", first)
    yield Figure(f"{name} refused, of {report.unanswerable}", right_refused, "", refused)
    yield Figure(f"citations exact, {name}", report.value("citations_exact"), "of 1", 1)


def _search_figures(corpus: Corpus, data_dir: Path) -> Iterator[Figure]:
    taken = answering.search_latency(data_dir, corpus.questions)
    yield Figure(f"warm search on {corpus.name}, p50", taken.p50_ms, "ms", 3, "at most")
    yield Figure(f"warm search on {corpus.name}, p95", taken.p95_ms, "ms")
    report = answering.citation_exactness(data_dir, corpus.questions[:EXACTNESS_QUESTIONS])
    yield Figure(f"warm ask on {corpus.name}, p50", report.latency.p50_ms, "ms")
    yield Figure(f"citations exact, {corpus.name}", report.value("citations_exact"), "of 1", 1)


def _serving_figures(corpus: Corpus, data_dir: Path, folder: Path) -> Iterator[Figure]:
    """Each kind of request gets questions of its own, so that none is answered from memory, after
    others have been asked: a server has been up for a while.
    """
    on_bar = corpus.name == "squad2"
    starts_s = []
    for _ in range(STARTS):
        with serving.served(data_dir) as server:
            starts_s.append(server.ready_s)
    ready_s = statistics.median(starts_s)
    yield Figure(
        f"quoth serve on {corpus.name}, start until ready",
        ready_s,
        "s",
        1.5 if on_bar else None,
        "at most",
    )
    loads = (("/v1/search", "query", 300, 120), ("/v1/ask", "question", 120, 300))
    kinds = len(loads) + 1
    with serving.served(data_dir) as server:
        # Every third: the questions stand in the order of the documents.
        earlier, *others = (corpus.questions[place::kinds] for place in range(kinds))
        first_ms = serving.first_byte_ms(server, earlier[:FIRST_BYTES])
        yield Figure("first streamed words of an answer, p50", first_ms, "ms", 40, "at most")
        serving.load_on(server, "/v1/ask", [{"question": each} for each in earlier], folder)
        for (path, field, least, slowest), questions in zip(loads, others, strict=True):
            bodies = [{field: question} for question in questions]
            load = serving.load_on(server, path, bodies, folder)
            name = f"{path}, 16 clients, {corpus.name}"
            yield Figure(name, load.per_second, "requests/s", least if on_bar else None)
            yield Figure(f"{name}, p50", load.p50_ms, "ms")
            bar = slowest if on_bar else None
            yield Figure(f"{name}, p99", load.p99_ms, "ms", bar, "at most")
            yield Figure(f"{name}, errors", load.errors, "", 0, "at most")


def _encoding_figures(
    corpus: Corpus, cost: encoding.EncodingCost, ingest_s: float
) -> Iterator[Figure]:
    name = f"encoding {corpus.name}"
    yield Figure(f"{name}, ours", cost.tokens / cost.ours_s, "tokens/s")
    yield Figure(f"{name}, sentence-transformers", cost.tokens / cost.theirs_s, "tokens/s")
    # The bars are for a corpus that is large enough to be dominated by encoding.
    on_bar = corpus.name == "squad2"
    yield Figure(f"{name}, ratio", cost.theirs_s / cost.ours_s, "×", 4 if on_bar else None)
    yield Figure(f"whole ingest of {corpus.name}", ingest_s, "s")
    ratio = cost.theirs_s / ingest_s
    yield Figure("the same, against their encoding alone", ratio, "×", 3.3 if on_bar else None)


if __name__ == "__main__":
    sys.exit(main())
