"""Reports of an evaluation: JSON with stable keys for programs, tables for people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.terminal import harmless
from rag.evaluation.figures import FIGURES
from rag.evaluation.records import Record

if TYPE_CHECKING:
    from rich.table import Table

    from rag.evaluation.comparison import Difference
    from rag.evaluation.metrics import Latency
    from rag.evaluation.runner import EvaluationReport, Outcome

Json = dict[str, object]
WORST = 10
SHOWN_CHARS = 160


@dataclass(frozen=True)
class Compared:
    """A report, and how it differs from an old one; None where it was compared with none."""

    report: "EvaluationReport"
    differences: "tuple[Difference, ...] | None" = None


def evaluation_json(reports: Sequence[Compared], *, details: bool = False) -> Json:
    """One report, or several under `sets`.

    Args:
        reports: At least one.
        details: With what was accepted, quoted and retrieved for each question.
    """
    objects = [_report_json(each, details) for each in reports]
    return objects[0] if len(objects) == 1 else {"sets": objects}


def evaluation_tables(compared: Compared) -> "list[Table]":
    """The figures, the differences, and where anything is wrong, the worst questions."""
    from rich.table import Table

    report = compared.report
    figures = Table("figure", "value", "over", title=harmless(report.name) or None)
    group = ""
    for figure in report.figures.values():
        if figure.kind.group != group:
            group = figure.kind.group
            figures.add_section()
            figures.add_row(group, "", "", style="bold")
        value = f"{figure.value:.{figure.kind.decimals}f}"
        figures.add_row(f"  {figure.kind.label}", value, f"{figure.n} questions")
    figures.add_section()
    figures.add_row("latency p50 / p95, ms", "", "", style="bold")
    for stage, latency in latencies(report).items():
        figures.add_row(f"  {stage}", f"{latency.p50_ms:.1f} / {latency.p95_ms:.1f}", "")
    tables = [figures]
    if compared.differences is not None:
        tables.append(_differences_table(compared.differences))
    worst = report.worst(WORST)
    if worst:
        questions = Table("verdict", "confidence", "question", "accepted", "first quote")
        for outcome in worst:
            questions.add_row(*_row(outcome))
        tables.append(questions)
    return tables


def latencies(report: "EvaluationReport") -> "Mapping[str, Latency]":
    """Of the stages, and of all of it as the asker sees it."""
    stages = {stage: each for stage, each in report.stages.items() if stage != "total"}
    return {**stages, "whole answer": report.latency}


def _report_json(compared: Compared, details: bool) -> Json:
    report = compared.report
    values = {kind.key: report.figures.get(kind.key) for kind in FIGURES}
    written: Json = {
        "set": report.name,
        "questions": {
            "answerable": report.answerable,
            "unanswerable": report.unanswerable,
            "off_topic": sum(record.role == "off_topic" for record in report.records),
            "rewrites": len(report.rewrites),
        },
        **{key: None if each is None else round(each.value, 4) for key, each in values.items()},
        "n": {key: 0 if each is None else each.n for key, each in values.items()},
        "citations": sum(len(outcome.quotes) for outcome in report.outcomes),
        "latency_ms": {
            **_latency_json(report.latency),
            "stages": {stage: _latency_json(each) for stage, each in report.stages.items()},
        },
    }
    if compared.differences is not None:
        written["differences"] = {
            each.kind.key: _difference_json(each) for each in compared.differences
        }
    written["outcomes"] = [_outcome_json(outcome, details) for outcome in report.outcomes]
    written["rewrites"] = [_record_json(record) for record in report.rewrites]
    return written


def _outcome_json(outcome: "Outcome", details: bool) -> Json:
    written: Json = {
        **_record_json(outcome.record),
        "verdict": outcome.verdict,
        "elapsed_ms": round(outcome.elapsed_ms, 2),
    }
    if details:
        answer = outcome.answer
        written |= {
            "accepted": list(outcome.question.answers),
            "sources": list(outcome.question.sources),
            "answer": answer.text if answer else None,
            "quotes": [
                {"text": quote.text, "files": list(quote.files), "exact": quote.exact}
                for quote in outcome.quotes
            ],
            "retrieved": [
                {
                    "filename": hit.document.uri,
                    "document_title": hit.document.title,
                    "score": round(hit.score, 4),
                    "text": hit.chunk.text,
                }
                for hit in (answer.hits if answer else ())
            ],
        }
    return written


def _record_json(record: Record) -> Json:
    return {
        "id": record.id,
        "question": record.question,
        "role": record.role,
        "answerable": record.answerable,
        "answered": record.answered,
        "confidence": round(record.confidence, 4),
        "values": {key: round(value, 4) for key, value in record.values.items()},
    }


def _latency_json(latency: "Latency") -> Json:
    return {"p50": round(latency.p50_ms, 2), "p95": round(latency.p95_ms, 2)}


def _difference_json(difference: "Difference") -> Json:
    numbers = {
        "old": difference.old,
        "new": difference.new,
        "change": difference.change,
        "low": difference.low,
        "high": difference.high,
    }
    return {**{name: round(each, 4) for name, each in numbers.items()}, "n": difference.n}


def _differences_table(differences: "Sequence[Difference]") -> "Table":
    from rich.table import Table

    table = Table("figure", "old", "new", "change", "95 % interval", "over")
    for each in differences:
        table.add_row(
            f"{each.kind.group}: {each.kind.label}",
            *difference_cells(each),
            f"{each.n} questions",
            style="bold" if each.is_clear else None,
        )
    return table


def difference_cells(difference: "Difference") -> Iterator[str]:
    """Old, new, change and interval, as they are shown."""
    decimals = difference.kind.decimals
    yield f"{difference.old:.{decimals}f}"
    yield f"{difference.new:.{decimals}f}"
    yield f"{difference.change:+.{decimals}f}"
    yield f"{difference.low:+.{decimals}f} … {difference.high:+.{decimals}f}"


def _row(outcome: "Outcome") -> tuple[str, ...]:
    first = outcome.quotes[0].text[:SHOWN_CHARS] if outcome.quotes else "—"
    accepted = " | ".join(outcome.question.answers)[:SHOWN_CHARS] or "—"
    cells = (outcome.question.question, accepted, first)
    return (outcome.verdict, f"{outcome.confidence:.2f}", *map(harmless, cells))
