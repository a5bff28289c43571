"""The JSON objects of the public surface, as `--json` prints them and the HTTP API returns them.

Field names are a promise to programs. Character offsets are Unicode code points, 0-based, end
exclusive; lines and pages are 1-based, end inclusive.
"""

from typing import Literal
from urllib.parse import quote

from pydantic import BaseModel

from embeddings.base import CharSpan
from rag.settings import Settings
from rag.types import (
    Answer,
    Citation,
    Hit,
    Method,
    Status,
    Support,
    Verification,
)


class SourceSpanModel(BaseModel):
    """Characters of the source document."""

    start_char_index: int
    end_char_index: int


class AnswerSpanModel(BaseModel):
    """Characters of the answer."""

    start_index: int
    end_index: int


class CitationModel(BaseModel):
    """The exact place that a part of the answer comes from; `highlights` are the words in it that
    answer.
    """

    id: str
    number: int
    type: Literal["char_location"] = "char_location"
    file_id: str
    filename: str
    document_title: str
    heading: str | None
    cited_text: str
    start_char_index: int
    end_char_index: int
    start_line: int
    end_line: int
    start_page_number: int | None
    end_page_number: int | None
    highlights: list[SourceSpanModel]
    answer_spans: list[AnswerSpanModel]
    content_sha256: str
    verification: Verification
    stale: bool
    score: float
    place: str | None
    url: str


class HitModel(BaseModel):
    """A passage that was found, and why."""

    chunk_id: int
    file_id: str
    filename: str
    document_title: str
    heading: str | None
    text: str
    start_char_index: int
    end_char_index: int
    start_line: int
    end_line: int
    start_page_number: int | None
    end_page_number: int | None
    score: float
    scores: dict[str, float]


class SentenceModel(BaseModel):
    """A sentence of the answer and the numbers of the citations it stands on."""

    start_index: int
    end_index: int
    support: Support
    citations: list[int]


class AnswerModel(BaseModel):
    """An answer with its citations; `not_found` has none, and the nearest passages in `hits`.
    `short_answer` are the few words that answer, where there are such, as the documents have them;
    `answer` is the text that says them, and does not repeat them.
    """

    id: str
    question: str
    history_terms: list[str]
    conversation_id: str | None
    answer: str
    short_answer: str | None
    status: Status
    method: Method
    confidence: float
    sentences: list[SentenceModel]
    citations: list[CitationModel]
    hits: list[HitModel]
    usage: dict[str, int]
    timings_ms: dict[str, float]
    model: str | None
    cost: float | None
    notice: str | None


class SearchModel(BaseModel):
    """What a search found, best first."""

    hits: list[HitModel]


class HealthModel(BaseModel):
    """Whether the process lives, or is ready."""

    status: Literal["ok", "ready"]


class ProblemModel(BaseModel):
    """Problem details as in RFC 9457, with what to do and the request's id."""

    type: str
    title: str
    status: int
    detail: str
    hint: str
    request_id: str


def answer_json(answer: Answer, settings: Settings) -> AnswerModel:
    """The public form of an answer."""
    return AnswerModel(
        id=answer.id,
        question=answer.question,
        history_terms=list(answer.history_terms),
        conversation_id=answer.conversation_id,
        answer=answer.text,
        short_answer=answer.short_answer,
        status=answer.status,
        method=answer.method,
        confidence=answer.confidence,
        sentences=[
            SentenceModel(
                start_index=sentence.start,
                end_index=sentence.end,
                support=sentence.support,
                citations=list(sentence.citations),
            )
            for sentence in answer.sentences
        ],
        citations=[citation_json(citation, settings) for citation in answer.citations],
        hits=[hit_json(hit) for hit in answer.hits],
        usage=dict(answer.usage),
        timings_ms=dict(answer.timings_ms),
        model=answer.model,
        cost=answer.cost,
        notice=answer.notice,
    )


def search_json(hits: tuple[Hit, ...]) -> SearchModel:
    """The public form of what a search found."""
    return SearchModel(hits=[hit_json(hit) for hit in hits])


def citation_json(citation: Citation, settings: Settings) -> CitationModel:
    """The public form of a citation; its link is absolute where the settings say where people
    reach the server.
    """
    return CitationModel(
        id=f"c{citation.number}",
        number=citation.number,
        file_id=citation.document.id,
        filename=citation.document.uri,
        document_title=citation.document.title,
        heading=citation.heading,
        cited_text=citation.cited_text,
        start_char_index=citation.start,
        end_char_index=citation.end,
        start_line=citation.first_line,
        end_line=citation.last_line,
        start_page_number=citation.first_page,
        end_page_number=citation.last_page,
        highlights=[
            SourceSpanModel(start_char_index=start, end_char_index=end)
            for start, end in citation.highlights
        ],
        answer_spans=[
            AnswerSpanModel(start_index=start, end_index=end)
            for start, end in citation.answer_spans
        ],
        content_sha256=citation.document.sha256,
        verification=citation.verification,
        stale=citation.stale,
        score=citation.score,
        place=citation.place,
        url=document_url(citation.document.id, (citation.start, citation.end), settings.public_url),
    )


def hit_json(hit: Hit) -> HitModel:
    """The public form of a hit."""
    return HitModel(
        chunk_id=hit.chunk.id,
        file_id=hit.document.id,
        filename=hit.document.uri,
        document_title=hit.document.title,
        heading=hit.chunk.heading,
        text=hit.chunk.text,
        start_char_index=hit.chunk.start,
        end_char_index=hit.chunk.end,
        start_line=hit.chunk.first_line,
        end_line=hit.chunk.last_line,
        start_page_number=hit.chunk.first_page,
        end_page_number=hit.chunk.last_page,
        score=hit.score,
        scores=dict(hit.scores),
    )


def document_url(document_id: str, span: CharSpan, public_url: str | None) -> str:
    """The page that highlights a span of a document; without a host where people reach none."""
    base = (public_url or "").rstrip("/")
    return f"{base}/documents/{quote(document_id, safe='')}?start={span[0]}&end={span[1]}"
