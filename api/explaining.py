"""Why an answer is what it is: passages with the parts of their scores, the sentences weighed, and
what the confidence is made of. For people as tables, for programs as JSON.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from api.terminal import display_path, harmless

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from rag.answering.findings import Finding

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
                {"chunk_id": each.hit.chunk.id, "score": each.hit.score, **each.hit.scores}
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
