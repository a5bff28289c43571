"""Builds the text of a document whose file is no text: block by block, with the offsets of
headings, places and pages counted along.
"""

import re
from dataclasses import dataclass, field

from embeddings.base import CharSpan
from rag.errors import FileUnreadable
from rag.ingest.structure import LIST_MARKER
from rag.types import Heading, ParsedDocument, Place

PAGE_BREAK = "\f"
"""Inside words: a new page begins here. It does not stay in the text."""

MAX_HEADING_CHARS = 300
MAX_TEXT_CHARS = 100_000_000
"""A small file can say that a cell is repeated a million times."""

_SURROGATES = re.compile("[\ud800-\udfff]")
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufeff\ufffe\uffff\u00ad]")
_SPACES = re.compile(r"[^\S\f]+")
_AROUND = " \t\n\v\f\xa0\u2028\u2029"
_AROUND_BREAKS = re.compile(r"(?<![^\S\n\t\f])[^\S\n\t\f]*+\n[^\S\n\f]*+")


def one_line(words: str) -> str:
    """Words with every run of white space, line ends too, as one space."""
    return " ".join(words.split())


@dataclass(slots=True)
class TextBuilder:
    """Takes blocks in reading order. Blocks are parted by an empty line, rows by a line end, so
    that no sentence runs from one into the next. Beyond `MAX_TEXT_CHARS` every method that takes
    words raises `FileUnreadable`.
    """

    headings: list[Heading] = field(default_factory=list)
    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _furniture: list[CharSpan] = field(default_factory=list)
    _verbatim: list[CharSpan] = field(default_factory=list)
    _places: list[Place] = field(default_factory=list)
    _place: str | None = None
    _pages: list[int] = field(default_factory=lambda: [0])
    _after_row: bool = False
    _after_item: bool = False

    @property
    def is_empty(self) -> bool:
        return not self._parts

    @property
    def page_count(self) -> int:
        return len(self._pages)

    def head(self, chars: int = 2_000) -> str:
        """The beginning of the text."""
        return "".join(self._parts[:chars])[:chars]

    def paragraph(self, words: str, *, furniture: bool = False) -> None:
        """A paragraph; its own line ends and tabs stay. Without words it adds nothing."""
        span = self._add(_AROUND_BREAKS.sub("\n", words), "\n\n")
        if furniture and span:
            self._furniture.append(span)

    def item(self, words: str) -> None:
        """A paragraph of a list: right below the item before, or below the words that announce
        it.
        """
        is_marked = LIST_MARKER.match(words.lstrip(_AROUND)) is not None
        is_near = self._after_item or (self._parts and self._parts[-1].endswith((":", "：")))
        if self._add(_AROUND_BREAKS.sub("\n", words), "\n" if is_marked and is_near else "\n\n"):
            self._after_item = is_marked

    def heading(self, words: str, level: int) -> None:
        """A heading on one line; level 1 is the highest. An overlong one is a paragraph."""
        words = _SPACES.sub(" ", words)
        span = self._add(words, "\n\n")
        if span and span[1] - span[0] <= MAX_HEADING_CHARS:
            self.headings.append(Heading(*span, max(1, level), self._parts[-1]))

    def row(self, words: str, *, place: str | None = None, furniture: bool = False) -> None:
        """A row of a table: one sentence on a line of its own, below the row before."""
        words = one_line(words.replace(PAGE_BREAK, " "))
        span = self._add(words, "\n" if self._after_row else "\n\n", place=place)
        if not span:
            return
        self._after_row = True
        if furniture:
            self._furniture.append(span)
        elif self._verbatim and self._verbatim[-1][1] + 1 == span[0]:
            self._verbatim[-1] = self._verbatim[-1][0], span[1]
        else:
            self._verbatim.append(span)

    def end_rows(self) -> None:
        """The next row belongs to another table."""
        self._after_row = False

    def place(self, label: str | None) -> None:
        """What follows stands at a place of this name; None: at none."""
        self._place = label

    def page_break(self) -> None:
        """A new page begins."""
        self._pages.append(self._length)

    def build(
        self,
        media_type: str,
        *,
        title: str | None = None,
        heading_as_title: bool = True,
        date: str | None = None,
        metadata: dict[str, str] | None = None,
        warnings: tuple[str, ...] = (),
        pages: bool = False,
    ) -> ParsedDocument:
        """The document as it has been built.

        Args:
            media_type: Of the document.
            title: Where the file has one.
            heading_as_title: Whether else the first heading is the title.
            date: ISO 8601.
            metadata: What else the file says of itself.
            warnings: For the person.
            pages: Whether the page breaks that were seen can be believed.
        """
        first = self.headings[0].text if self.headings and heading_as_title else None
        return ParsedDocument(
            text="".join(self._parts),
            media_type=media_type,
            title=title or first,
            date=date,
            headings=tuple(self.headings),
            furniture=tuple(self._furniture),
            verbatim=tuple(self._verbatim),
            page_starts=tuple(self._pages) if pages else (),
            places=tuple(self._places),
            metadata=metadata or {},
            warnings=warnings,
        )

    def _add(self, words: str, gap: str, *, place: str | None = None) -> CharSpan | None:
        words = clean(words)
        body = words.strip(_AROUND)
        if not body:
            self._pages.extend([self._length] * words.count(PAGE_BREAK))
            return None
        if self._parts:
            self._parts.append(gap)
            self._length += len(gap)
        before, after = words.split(body, 1)
        self._pages.extend([self._length] * before.count(PAGE_BREAK))
        start = self._length
        body = self._without_breaks(body)
        self._parts.append(body)
        self._length += len(body)
        if self._length > MAX_TEXT_CHARS:
            raise FileUnreadable(
                f"The file holds more than {MAX_TEXT_CHARS:,} characters of text: split it, or"
                " leave it out."
            )
        self._pages.extend([self._length] * after.count(PAGE_BREAK))
        self._after_row = self._after_item = False
        self._note_place(start, place or self._place)
        return start, self._length

    def _without_breaks(self, words: str) -> str:
        if PAGE_BREAK not in words:
            return words
        pages = words.split(PAGE_BREAK)
        offset = self._length
        for page in pages[:-1]:
            offset += len(page)
            self._pages.append(offset)
        return "".join(pages)

    def _note_place(self, start: int, label: str | None) -> None:
        if label is None:
            return
        last = self._places[-1] if self._places else None
        if last and last.label == label:
            self._places[-1] = Place(last.start, self._length, label)
        else:
            self._places.append(Place(start, self._length, label))


def clean(words: str) -> str:
    """Words without what is no character of a text: controls, lone halves of pairs, soft
    hyphens.
    """
    words = words.replace("\r\n", "\n").replace("\r", "\n")
    words = _NO_TEXT.sub("", words)
    if _SURROGATES.search(words):
        words = words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return words
