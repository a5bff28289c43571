"""Reads the words off pages that are pictures, with Tesseract (`quoth[ocr]`).

Words that it is not sure of are left out. A page takes a bounded time, and all pages together do:
what is left then stays unread, and is named.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rag.errors import FileUnreadable
from rag.ingest.pdf.boxes import Box, follow_lines, union
from rag.ingest.pdf.options import OcrOptions
from rag.ingest.pdf.page_lines import PdfLine
from rag.ingest.pdf.pictures import MOST_PIXELS, scale_within

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

DOTS_PER_INCH = 200
_POINTS_PER_INCH = 72
_LEAST_CONFIDENCE = 40.0
"""Percent; below it words are mostly specks and lines, measured on scans of forms."""
_LONGEST_PAGE_S = 30.0


@dataclass(slots=True)
class Recogniser:
    """Reads the pages of one file.

    Attributes:
        options: How.
        words: The boxes of the words of each page that was read, by its number; the characters of
            a line have the position of their word among them as index.
        unread: Numbers of pages that there was no time for.
    """

    options: OcrOptions
    words: dict[int, list[Box]] = field(default_factory=dict)
    unread: list[int] = field(default_factory=list)
    _started: float = field(default_factory=time.monotonic)

    def __call__(self, page: "PdfPage", number: int) -> tuple[PdfLine, ...]:
        """The lines of a page, none where it holds no words.

        Raises:
            FileUnreadable: Tesseract, or a language for it, is not installed.
        """
        left_s = self.options.budget_s - (time.monotonic() - self._started)
        if left_s <= 0:
            self.unread.append(number)
            return ()
        scale = scale_within(page, DOTS_PER_INCH / _POINTS_PER_INCH, MOST_PIXELS)
        picture = page.render(scale=scale, grayscale=True).to_pil()
        try:
            found = _read(picture, self.options.languages, min(left_s, _LONGEST_PAGE_S))
        except TimeoutError:
            self.unread.append(number)
            return ()
        finally:
            picture.close()
        boxes: list[Box] = []
        self.words[number] = boxes
        return tuple(_evened(_lines(found, boxes, scale)))

    def boxes(self, number: int, indexes: Iterable[int]) -> Iterator[Box]:
        """The boxes of words of a page that was read, by the indexes of their characters."""
        return follow_lines(self.words[number][index] for index in dict.fromkeys(indexes))


def _read(picture: Any, languages: str, timeout_s: float) -> dict[str, list[Any]]:
    try:
        import pytesseract
    except ImportError as exc:
        raise FileUnreadable(
            "It holds pictures of pages, and what reads them is not installed: run "
            "`pip install 'quoth[ocr]'`, or unset QUOTH_OCR."
        ) from exc
    try:
        found: dict[str, list[Any]] = pytesseract.image_to_data(
            picture, lang=languages, timeout=timeout_s, output_type=pytesseract.Output.DICT
        )
    except pytesseract.TesseractNotFoundError as exc:
        raise FileUnreadable(
            "It holds pictures of pages, and Tesseract is not installed; install your system's "
            "package of it, as `tesseract-ocr`."
        ) from exc
    except pytesseract.TesseractError as exc:
        raise FileUnreadable(
            f"Tesseract could not read it in the languages {languages!r}; install their data, as "
            "the package `tesseract-ocr-deu`, or correct QUOTH_OCR_LANGUAGES."
        ) from exc
    except RuntimeError as exc:  # how pytesseract says that the time is over
        raise TimeoutError from exc
    return found


def _lines(found: dict[str, list[Any]], boxes: list[Box], scale: float) -> list[PdfLine]:
    sure = [
        at
        for at, words in enumerate(found["text"])
        if words.strip() and float(found["conf"][at]) >= _LEAST_CONFIDENCE
    ]
    lines = []
    keys = ("block_num", "par_num", "line_num")
    for _, line in groupby(sure, key=lambda at: tuple(found[key][at] for key in keys)):
        text, indexes, first = "", [], len(boxes)
        for at in line:
            left, top = found["left"][at] / scale, found["top"][at] / scale
            right, bottom = (
                left + found["width"][at] / scale,
                top + found["height"][at] / scale,
            )
            if text:
                text += " "
                indexes.append(-1)
            words = found["text"][at].strip()
            text += words
            indexes += [len(boxes)] * len(words)
            boxes.append((left, top, right, bottom))
        if not text:
            continue
        box = union(boxes[first:])
        lines.append(PdfLine(text, tuple(indexes), box, box[3] - box[1], is_bold=False))
    return lines


def _evened(lines: Sequence[PdfLine]) -> Iterator[PdfLine]:
    """The lines with one size for neighbours that differ by their letters only."""
    size = 0.0
    for line in lines:
        if not 0.6 * size < line.size < 1.6 * size:
            size = line.size
        yield replace(line, size=size)
