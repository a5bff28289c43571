"""Finds the headings and the title of a PDF: in its bookmarks where it has them, or else by the
size and weight of its letters.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.ingest.pdf.building import PdfTextBuilder, ShortParagraph
from rag.types import Heading

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

MOST_BOOKMARKS = 20_000

_LARGER = 1.1
"""A heading's letters are larger than the body's by this factor, or bold."""
_MUCH_LARGER = 1.25
_MOST_LEVELS = 6
_LEAST_FOUND = 0.5
_LETTERS = re.compile(r"[^\W\d_]")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_CLOSED = re.compile(r"[.;,!…]['\"”’»)]*$")
_LEADERS = re.compile(r"(?:\. ?){4,}|\.{4,}")
_NO_TITLE = re.compile(
    r"(?:microsoft (?:word|powerpoint|excel|office)\b|untitled|unnamed|no ?name|title$|document"
    r"|presentation|slide|layout|about:blank|https?:|file:|doc\d|scan|print|.{0,3}$"
    r"|.*\.(?:docx?|odt|rtf|pdf|tex|dvi|ps|indd|qxd|pptx?|odp|xlsx?|ods|html?|txt|md|cdr|ai|pmd)$)",
    re.IGNORECASE,
)

Bookmark = tuple[int, int, str]
"""Level from 1, page from 1, title."""


def bookmarks(document: "PdfDocument") -> tuple[Bookmark, ...]:
    """The bookmarks that lead to a page, in order."""
    found: list[Bookmark] = []
    for bookmark in document.get_toc(max_depth=_MOST_LEVELS):
        destination = bookmark.get_dest()
        index = destination.get_index() if destination else None
        if index is not None and (title := bookmark.get_title().strip()):
            found.append((bookmark.level + 1, index + 1, " ".join(title.split())))
        if len(found) >= MOST_BOOKMARKS:
            break
    return tuple(found)


def headings(built: PdfTextBuilder, text: str, marks: Sequence[Bookmark]) -> tuple[Heading, ...]:
    """The headings of a text, in order."""
    by_marks = _marked(built.short, text, marks)
    if len(by_marks) >= max(2, _LEAST_FOUND * len(marks)):
        return by_marks
    return _by_size(built, text)


def title(stated: str, built: PdfTextBuilder, text: str) -> str | None:
    """The title that the file states, unless that is a program's; or the largest words of the
    first page.
    """
    stated = " ".join(stated.replace("\0", "").split())
    if stated and not _NO_TITLE.match(stated) and _LETTERS.search(stated):
        return stated
    first = [each for each in built.short if each.page == 1 and _has_words(each, text)]
    largest = max(first, key=lambda each: (each.size, -each.start), default=None)
    if largest is None or largest.size < _MUCH_LARGER * _body_size(built):
        return None
    return " ".join(text[largest.start : largest.end].split())


def _marked(
    short: Sequence[ShortParagraph], text: str, marks: Sequence[Bookmark]
) -> tuple[Heading, ...]:
    by_page: dict[int, list[tuple[ShortParagraph, str]]] = {}
    for each in short:
        by_page.setdefault(each.page, []).append((each, _bare(text[each.start : each.end])))
    found: dict[int, Heading] = {}
    for level, page, words in marks:
        bare = _bare(words)
        match = next(
            (
                each
                for each, said in by_page.get(page, ())
                if each.start not in found and bare and (said == bare or _adds_number(said, bare))
            ),
            None,
        )
        if match is not None:
            said = " ".join(text[match.start : match.end].split())
            found[match.start] = Heading(match.start, match.end, level, said)
    return tuple(found[start] for start in sorted(found))


def _adds_number(said: str, bare: str) -> bool:
    """Whether one is the other behind a number or a word and a number, as `Chapter 2`."""
    longer, shorter = (said, bare) if len(said) > len(bare) else (bare, said)
    return longer.endswith(shorter) and len(shorter) > 3 and len(longer) - len(shorter) <= 12


def _by_size(built: PdfTextBuilder, text: str) -> tuple[Heading, ...]:
    body = _body_size(built)
    candidates = [each for each in built.short if _is_heading(each, text, body)]
    sizes = sorted({round(each.size) for each in candidates}, reverse=True)
    levels = {size: min(level, _MOST_LEVELS) for level, size in enumerate(sizes, 1)}
    return tuple(
        Heading(
            each.start,
            each.end,
            levels[round(each.size)],
            " ".join(text[each.start : each.end].split()),
        )
        for each in candidates
    )


def _is_heading(each: ShortParagraph, text: str, body: float) -> bool:
    words = text[each.start : each.end]
    if not _has_words(each, text) or _CLOSED.search(words) or _LEADERS.search(words):
        return False
    stands_out = each.is_bold and each.size >= 0.95 * body and not words[0].islower()
    return each.size >= _LARGER * body or stands_out


def _has_words(each: ShortParagraph, text: str) -> bool:
    return len(_LETTERS.findall(text[each.start : each.end])) >= 2


def _body_size(built: PdfTextBuilder) -> float:
    """The size that most characters have."""
    return max(built.sizes, key=lambda size: (built.sizes[size], -size), default=0) / 2


def _bare(words: str) -> str:
    return _NOT_ALPHANUMERIC.sub("", words).casefold()
