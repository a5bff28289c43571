"""An answer as a chat front end shows it: one text, and where in it each source belongs.

The short answer stands first, in bold, where the first sentence says it. With `chat_sources` the
text carries its markers and ends in a short list of sources; without, it is the sentences alone.
Annotations point into the visible text, in Unicode code points, 0-based, end exclusive, at the
words that stand on the source. The same pieces make the whole text and the stream, so that both are
equal.

What is quoted is escaped, so that nothing in a document is an image, a link, HTML or one of the
answer's markers to a front end that reads Markdown. `plain_text` takes all of it out again.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from api.openai.markdown import escapes, link, literal, unescaped
from api.schemas import CitationModel, citation_json
from api.short_answers import LeadEvent, Leading
from embeddings.base import CharSpan
from rag.settings import Settings
from rag.streaming import (
    AnswerEvent,
    CitationEvent,
    CompleteEvent,
    DeltaEvent,
    StatusEvent,
    events_of,
)
from rag.types import Answer, Citation

SOURCES = "\n\nSources:\n"
_MARKER = re.compile(r"\s*\[\d{1,3}\]")
_MARKERS_ALONE = re.compile(r"(?: \[\d{1,3}\])+")
_MARKER_OF_OURS = re.compile(r" \[\d{1,3}\](?=\s|$)")
_SOURCE_LIST = re.compile(r"\n\nSources:\n(?:\n- \[\d{1,3}\] [^\n]*)+\s*\Z")
_LEADING = re.compile(r"\*\*((?:[^*\\\n]|\\[^\n]|(?<= )\*(?= )){1,400})\*\*\n\n")


@dataclass(frozen=True, slots=True)
class Annotation:
    """Where the visible text stands on a source: `text[start:end]`."""

    start: int
    end: int
    citation: CitationModel


@dataclass(frozen=True, slots=True)
class Visible:
    """What is shown of an answer.

    Attributes:
        pieces: Text in its order, each annotation right after the text it belongs to.
    """

    pieces: tuple[str | Annotation, ...]

    @property
    def text(self) -> str:
        """The whole visible text."""
        return "".join(piece for piece in self.pieces if isinstance(piece, str))

    @property
    def annotations(self) -> tuple[Annotation, ...]:
        """In the order of the text."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Annotation))


def visible(answer: Answer, settings: Settings, base_url: str) -> Visible:
    """What is shown of an answer.

    Args:
        answer: It.
        settings: Whether sources are shown, and where people reach the server.
        base_url: Where this client reached the server: annotations link there unless the settings
            say where people do, as no front end follows a link without a host.
    """
    linked = settings.model_copy(update={"public_url": settings.public_url or base_url})
    edited = _Edited(answer.text, tuple(_edits(answer, settings.chat_sources)))
    leading = Leading()
    pieces: list[str | Annotation] = []
    before = at = 0
    for event in chain.from_iterable(map(leading.take, events_of(answer))):
        if isinstance(event, LeadEvent):
            pieces.append(_lead(event))
            before = len(_lead(event))
        elif isinstance(event, DeltaEvent):
            start, at = at, at + len(event.text)
            if text := edited.piece(start, at):
                pieces.append(text)
        elif isinstance(event, CitationEvent):
            shown = citation_json(event.citation, linked)
            pieces += [
                Annotation(before + edited.moved(start), before + edited.moved(end), shown)
                for start, end in event.citation.answer_spans
            ]
    pieces += _source_list(answer, settings)
    return Visible(tuple(pieces))


class Showing:
    """What is shown of an answer while a model writes it; in the end the same text as `visible`.

    Args:
        settings, base_url: As in `visible`.
        first: The event that tells of the answer's id.
    """

    def __init__(self, settings: Settings, base_url: str, first: StatusEvent) -> None:
        self._settings = settings
        self._linked = settings.model_copy(update={"public_url": settings.public_url or base_url})
        self._leading = Leading()
        self._leading.take(first)
        self._before = 0
        self._length = 0
        self._edits: list[_Edit] = []
        self._annotated: set[tuple[int, CharSpan]] = set()

    def take(self, event: AnswerEvent) -> Iterator[str | Annotation]:
        """What is shown of an event: text, or where the text stands on a source."""
        for each in self._leading.take(event):
            if isinstance(each, LeadEvent):
                self._before = len(_lead(each))
                yield _lead(each)
            elif isinstance(each, DeltaEvent):
                if text := self._text(each):
                    yield text
            elif isinstance(each, CitationEvent):
                yield from self._annotations(each.citation)
            elif isinstance(each, CompleteEvent):
                for citation in each.answer.citations:
                    yield from self._annotations(citation)
                yield from _source_list(each.answer, self._settings)

    def _text(self, event: DeltaEvent) -> str:
        if not event.between:
            made = _escaped(event.text)
        elif _MARKERS_ALONE.fullmatch(event.text) and not self._settings.chat_sources:
            made = (_Edit(0, len(event.text), ""),)
        else:
            made = ()
        self._edits += [_Edit(e.start + self._length, e.end + self._length, e.new) for e in made]
        self._length += len(event.text)
        return _Edited(event.text, made).piece(0, len(event.text))

    def _annotations(self, citation: Citation) -> Iterator[Annotation]:
        edited, before = _Edited("", tuple(self._edits)), self._before
        for start, end in citation.answer_spans:
            if (citation.number, (start, end)) not in self._annotated:
                self._annotated.add((citation.number, (start, end)))
                shown = citation_json(citation, self._linked)
                yield Annotation(before + edited.moved(start), before + edited.moved(end), shown)


def plain_text(shown: str) -> str:
    """A text that `visible` had made, without its markers, its source list, and the short answer
    before it where the text has the same words.
    """
    shown = _SOURCE_LIST.sub("", shown)
    leading = _LEADING.match(shown)
    if leading is not None:
        said = _without_marks(shown[leading.end() :])
        if unescaped(leading[1]) in " ".join(said.split()):
            return said
    return _without_marks(shown)


def _without_marks(shown: str) -> str:
    return unescaped(_MARKER_OF_OURS.sub("", shown))


def _lead(event: LeadEvent) -> str:
    """The short answer as the visible text begins with it."""
    edits = tuple(_Edit(sign, sign, "\\") for sign in escapes(event.text))
    return f"**{_Edited(event.text, edits).piece(0, len(event.text))}**\n\n"


@dataclass(frozen=True, slots=True)
class _Edit:
    """`text[start:end]` is shown as `new`."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class _Edited:
    """A text with edits, ascending and apart from each other; offsets move with them."""

    text: str
    edits: tuple[_Edit, ...]

    def piece(self, start: int, end: int) -> str:
        """What is shown of `text[start:end]`."""
        shown, at = [], start
        for edit in self.edits:
            if edit.start < end and start < max(edit.end, edit.start + 1):
                shown += [self.text[at : edit.start], edit.new if edit.start >= start else ""]
                at = min(edit.end, end)
        return "".join([*shown, self.text[at:end]])

    def moved(self, offset: int) -> int:
        """Where an offset of the text is once it is edited; before what is put in there."""
        passed = (edit for edit in self.edits if edit.start < offset)
        return offset + sum(len(e.new) - (min(e.end, offset) - e.start) for e in passed)


def _source_list(answer: Answer, settings: Settings) -> Iterator[str]:
    if settings.chat_sources and answer.citations:
        lines = (_source_line(citation, settings) for citation in answer.citations)
        yield SOURCES + "".join(f"\n- {line}" for line in lines)


def _edits(answer: Answer, chat_sources: bool) -> Iterator[_Edit]:
    """Backslashes between the answer's own markers, which stay as they are or are left out."""
    if answer.method == "llm":
        yield from _written_edits(answer, chat_sources)
        return
    at = 0
    for start, end in (*_markers(answer), (len(answer.text), len(answer.text))):
        for sign in escapes(answer.text[at:start]):
            yield _Edit(at + sign, at + sign, "\\")
        if not chat_sources and start < end:
            yield _Edit(start, end, "")
        at = end


def _written_edits(answer: Answer, chat_sources: bool) -> Iterator[_Edit]:
    """The edits of what a model wrote: backslashes within its sentences, none between them."""
    markers = list(_markers(answer))
    for sentence in answer.sentences:
        for edit in _escaped(answer.text[sentence.start : sentence.end]):
            start = sentence.start + edit.start
            yield _Edit(start, sentence.start + edit.end, edit.new)
        while markers and markers[0][0] < sentence.start:
            markers.pop(0)
        while markers and not chat_sources and markers[0][0] == sentence.end:
            start, end = markers.pop(0)
            while markers and markers[0][0] == end:
                end = markers.pop(0)[1]
            yield _Edit(start, end, "")


def _escaped(sentence: str) -> tuple[_Edit, ...]:
    """Backslashes for a model's sentence. Its emphasis and code are meant, its links are gone; one
    that is struck out stays so.
    """
    struck = sentence.startswith("~~") and sentence.endswith("~~")
    start, end = (2, len(sentence) - 2) if struck else (0, len(sentence))
    signs = (start + sign for sign in escapes(sentence[start:end]))
    return tuple(_Edit(at, at, "\\") for at in signs if sentence[at] not in "*`_")


def _markers(answer: Answer) -> Iterator[CharSpan]:
    """The answer's own markers: those outside its sentences, which may hold brackets too."""
    starts = [*(sentence.start for sentence in answer.sentences[1:]), len(answer.text)]
    for sentence, end in zip(answer.sentences, starts, strict=False):
        at = sentence.end
        while (marker := _MARKER.match(answer.text, at)) and marker.end() <= end:
            yield marker.span()
            at = marker.end()


def _source_line(citation: Citation, settings: Settings) -> str:
    """`[1] Leave policy — hr/leave.md, line 38`, a link where people reach the server."""
    document = citation.document
    title = "" if document.title == document.uri else f"{literal(document.title)} — "
    place = f"{title}{literal(document.uri)}, {_where(citation)}"
    if settings.public_url:
        place = link(place, citation_json(citation, settings).url)
    return f"[{citation.number}] {place}"


def _where(citation: Citation) -> str:
    """The page and the place; the lines where there is neither."""
    said = []
    if citation.first_page is not None:
        said.append(_range("page", citation.first_page, citation.last_page or citation.first_page))
    if citation.place is not None:
        said.append(literal(citation.place))
    return ", ".join(said) or _range("line", citation.first_line, citation.last_line)


def _range(unit: str, first: int, last: int) -> str:
    return f"{unit} {first}" if first == last else f"{unit}s {first}–{last}"
