"""Answers that quote, are called, ask and say any text; and the runs that blocks show."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rag.types import Answer, AnswerSentence
from tests.answers import make_answer, make_citation, make_document, make_hit

PUBLIC_URL = "https://quoth.example.org"


def answer_with(text: str, *, model: bool = False, **changes: object) -> Answer:
    """An answer that says, cites and is titled with a text."""
    document = replace(make_document(uri=text or "a"), title=text)
    citation = make_citation(
        document,
        cited_text=text,
        start=5,
        end=5 + len(text),
        heading=text,
        highlights=((5 + len(text) // 3, 5 + len(text) // 2),),
        answer_spans=((0, len(text)),),
        place=text or None,
    )
    fields: dict[str, object] = {
        "question": text,
        "text": f"{text} [1]",
        "method": "llm" if model else "extractive",
        "sentences": (AnswerSentence(0, len(text), "unsupported", (1,)),) if model else (),
        "citations": (citation,),
        "hits": (make_hit(document, text or "a"),),
        "notice": text or None,
    }
    return make_answer(document, **{**fields, **changes})


def leaves(blocks: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Every element of rich text that holds words, in order."""
    for block in blocks:
        for inner in block.get("elements", ()):
            if "elements" in inner:
                yield from leaves([inner])
            elif block["type"].startswith("rich_text"):
                yield inner


def words(blocks: Sequence[Mapping[str, Any]]) -> str:
    """The words of all rich text, nothing between them."""
    return "".join(leaf.get("text", "") for leaf in leaves(blocks))
