"""Reports of what was done or measured: of an ingest, of the index, of an evaluation.

Each has a form for people and a JSON form for programs.
"""

from typing import TYPE_CHECKING

from api.terminal import display_path, harmless
from rag.store.base import DocumentStore
from rag.types import SyncReport

if TYPE_CHECKING:
    from rich.table import Table

    from rag.evaluation.runner import EvaluationReport, Outcome

Json = dict[str, object]
WORST = 10
SHARES = (
    ("right_at_1", "answered right, first quote"),
    ("right_at_all", "answered right, any quote"),
    ("grounded", "answered right, quoted from the right file"),
    ("file_at_1", "first quote from the right file"),
    ("wrongly_refused", "wrongly refused"),
    ("wrongly_answered", "wrongly answered"),
    ("citations_exact", "citations exact"),
)


def ingest_json(report: SyncReport) -> Json:
    """Counts of files, the failed ones with their reasons."""
    return {
        "added": report.added,
        "updated": report.updated,
        "moved": report.moved,
        "deleted": report.deleted,
        "unchanged": report.unchanged,
        "skipped": report.skipped,
        "failed": [{"path": file.path, "reason": file.reason} for file in report.failed],
        "warnings": list(report.warnings),
        "elapsed_s": round(report.elapsed_s, 3),
    }


def ingest_lines(report: SyncReport) -> list[str]:
    """One line of counts, then one for each file that failed and each warning."""
    counts = (
        f"{report.added} added, {report.updated} updated, {report.moved} moved, "
        f"{report.deleted} deleted, {report.unchanged} unchanged, {report.skipped} skipped, "
        f"{len(report.failed)} failed ({report.elapsed_s:.1f} s)"
    )
    failed = [f"failed: {harmless(file.path)}: {harmless(file.reason)}" for file in report.failed]
    return [counts, *failed, *(f"note: {harmless(warning)}" for warning in report.warnings)]


def status_json(store: DocumentStore) -> Json:
    """What is indexed, from where, by which model, and which files failed."""
    counts, generation = store.counts(), store.generation()
    return {
        "documents": counts.documents,
        "chunks": counts.chunks,
        "files": counts.files,
        "revision": store.revision(),
        "generation": None
        if generation is None
        else {
            "id": generation.id,
            "model": generation.model,
            "fingerprint": generation.fingerprint,
            "dimension": generation.dimension,
            "chunker": generation.chunker,
        },
        "roots": [
            {
                "path": root.path,
                "collection": root.collection,
                "files": len(store.files(root.id)),
            }
            for root in store.roots()
        ],
        "failed": [
            {"root": root.path, "path": file.path, "reason": file.reason or ""}
            for root, file in store.failed_files()
        ],
    }


def status_lines(store: DocumentStore) -> list[str]:
    """The same for people."""
    counts, generation = store.counts(), store.generation()
    if generation is None:
        return ["Nothing has been ingested yet."]
    return [
        f"{counts.documents} documents, {counts.chunks} chunks, {counts.files} files "
        f"({counts.failed} failed)",
        f"model: {harmless(generation.model)}, {generation.dimension} dimensions",
        *(f"root: {display_path(root.path)}" for root in store.roots()),
        *(
            f"failed: {harmless(file.path)}: {harmless(file.reason or 'no reason given')}"
            for _, file in store.failed_files()
        ),
    ]


def evaluation_json(report: "EvaluationReport") -> Json:
    """The figures, and each question with its verdict."""
    return {
        "questions": {"answerable": report.answerable, "unanswerable": report.unanswerable},
        **{name: round(getattr(report, name), 4) for name, _ in SHARES},
        "citations": report.citations,
        "mean_answer_chars": round(report.mean_answer_chars, 1),
        "latency_ms": {
            "p50": round(report.latency.p50_ms, 2),
            "p95": round(report.latency.p95_ms, 2),
        },
        "outcomes": [
            {
                "id": outcome.question.id,
                "question": outcome.question.question,
                "verdict": outcome.verdict,
                "confidence": round(outcome.confidence, 4),
                "elapsed_ms": round(outcome.elapsed_ms, 2),
            }
            for outcome in report.outcomes
        ],
    }


def evaluation_tables(report: "EvaluationReport") -> "list[Table]":
    """The figures; and where anything is wrong, the worst questions."""
    from rich.table import Table

    figures = Table("figure", "value", "of")
    of = {
        "wrongly_answered": f"{report.unanswerable} unanswerable",
        "citations_exact": f"{report.citations} citations",
    }
    for name, label in SHARES:
        figures.add_row(
            label, f"{getattr(report, name):.3f}", of.get(name, f"{report.answerable} answerable")
        )
    figures.add_row("mean answer length", f"{report.mean_answer_chars:.0f}", "characters")
    figures.add_row("latency p50 / p95", _latency(report), "ms")
    worst = report.worst(WORST)
    if not worst:
        return [figures]
    questions = Table("verdict", "confidence", "question", "accepted", "first quote")
    for outcome in worst:
        questions.add_row(*_row(outcome))
    return [figures, questions]


def _latency(report: "EvaluationReport") -> str:
    return f"{report.latency.p50_ms:.1f} / {report.latency.p95_ms:.1f}"


def _row(outcome: "Outcome") -> tuple[str, ...]:
    first = outcome.quotes[0].text[:160] if outcome.quotes else "—"
    accepted = " | ".join(outcome.question.answers) or "—"
    cells = (outcome.question.question, accepted, first)
    return (outcome.verdict, f"{outcome.confidence:.2f}", *map(harmless, cells))
