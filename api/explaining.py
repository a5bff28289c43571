"""Why an answer is what it is: passages with the parts of their scores and what the reader said of
them, the sentences weighed, and what the confidence is made of. For people as tables, for programs
as JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from api.terminal import display_path, harmless

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from rag.answering.findings import Finding
    from rag.reading.base import Reading
    from rag.retrieval.retriever import Passage

Json = dict[str, object]
SENTENCES = 10


def explanation_json(findings: "Sequence[Finding]") -> list[Json]:
    """One object for each part of the question."""
    return [
        {
            "question": finding.question,
            "found": finding.found,
            "confidence": finding.confidence,
            "signals": _signals(finding),
            "history_terms": list(finding.retrieval.history_terms),
            "word_weights": dict(finding.retrieval.word_weights),
            "passages": [
                {
                    "chunk_id": each.hit.chunk.id,
                    "score": each.hit.score,
                    **each.hit.scores,
                    "reading": _reading_json(each, finding),
                }
                for each in finding.retrieval.passages
            ],
            "sentences": [
                {
                    "text": each.sentence.text,
                    "chunk_id": each.passage.hit.chunk.id,
                    "score": each.score,
                    "dense": each.sentence.dense,
                    "lexical": each.sentence.lexical,
                }
                for each in finding.weighed[:SENTENCES]
            ],
        }
        for finding in findings
    ]


def print_explanation(console: "Console", findings: "Sequence[Finding]") -> None:
    """The same as tables, below the answer."""
    for finding in findings:
        console.print()
        console.print(f"Why: {harmless(finding.question)}", style="bold", markup=False)
        signals = ", ".join(f"{name} {value:.2f}" for name, value in _signals(finding).items())
        verdict = "found" if finding.found else "not found"
        console.print(f"confidence {finding.confidence:.2f}, {verdict} ({signals})", markup=False)
        if finding.retrieval.history_terms:
            terms = " ".join(finding.retrieval.history_terms)
            console.print(f"from earlier turns: {harmless(terms)}", markup=False)
        console.print(_passages(finding))
        if finding.readings is not None:
            console.print(_readings(finding, finding.readings))
        console.print(_sentences(finding))


def _signals(finding: "Finding") -> dict[str, float]:
    found = finding.signals
    if found is None:
        return {}
    return asdict(found)


def _passages(finding: "Finding") -> "Table":
    from rich.text import Text

    table = _table("passage", "score", "dense", "lexical", "best sentence: dense", "lexical")
    for passage in finding.retrieval.passages:
        hit = passage.hit
        place = f"{display_path(hit.document.path or hit.document.uri)}:{hit.chunk.first_line}"
        names = ("dense", "lexical", "sentence_dense", "sentence_lexical")
        parts = [f"{hit.scores[name]:.2f}" for name in names]
        table.add_row(Text(place), f"{hit.score:.2f}", *parts)
    return table


def _reading_json(passage: "Passage", finding: "Finding") -> Json | None:
    """What the reader said of a passage; None where it has not read it."""
    reading = (finding.readings or {}).get(passage.hit.chunk.id)
    if reading is None:
        return None
    return {
        "words": _words(passage, reading),
        "start_char_index": reading.span[0],
        "end_char_index": reading.span[1],
        "margin": reading.margin,
        "answerable": reading.answerable,
        "relevant": reading.relevant,
    }


def _readings(finding: "Finding", readings: "Mapping[int, Reading]") -> "Table":
    """The words that the reader points at, passage by passage, with its logits."""
    from rich.text import Text

    table = _table("reader: words that answer", "margin", "answerable", "relevant")
    for passage in finding.retrieval.passages:
        reading = readings.get(passage.hit.chunk.id)
        if reading is not None:
            logits = (reading.margin, reading.answerable, reading.relevant)
            words = harmless(_words(passage, reading))
            table.add_row(Text(words[:200]), *(f"{logit:.1f}" for logit in logits))
    return table


def _words(passage: "Passage", reading: "Reading") -> str:
    """A reading's span on one line."""
    chunk, (start, end) = passage.hit.chunk, reading.span
    return " ".join(chunk.text[start - chunk.start : end - chunk.start].split())


def _sentences(finding: "Finding") -> "Table":
    from rich.text import Text

    table = _table("sentence", "score", "dense", "lexical")
    for each in finding.weighed[:SENTENCES]:
        sentence = each.sentence
        table.add_row(
            Text(harmless(" ".join(sentence.text.split())[:200])),
            f"{each.score:.2f}",
            f"{sentence.dense:.2f}",
            f"{sentence.lexical:.2f}",
        )
    return table


def _table(first: str, *others: str) -> "Table":
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(first, box=SIMPLE)
    for name in others:
        table.add_column(name, justify="right")
    return table
