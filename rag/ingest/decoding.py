"""Turns a file's bytes into text without ever being wrong silently.

A byte-order mark is believed, then strict UTF-8; anything else is a guess and says so, and a guess
between scripts that cannot be told apart is refused. The text is the file, character for character:
no newline is translated and nothing is normalised; only the byte-order mark is left out.
"""

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.errors import FileUnreadable

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = (
    (b"%PDF-", "a PDF file"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"PK\x03\x04", "a ZIP archive (or an Office document)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x7fELF", "a program"),
)
# Python's name, the name to show, and the script it was made for; of codecs for the same script
# that fit equally well the first wins.
_LEGACY = {
    "cp1252": ("windows-1252", "Latin"),
    "cp1250": ("windows-1250", "Latin"),
    "cp1254": ("windows-1254", "Latin"),
    "cp1257": ("windows-1257", "Latin"),
    "mac_roman": ("macintosh", "Latin"),
    "cp1251": ("windows-1251", "Cyrillic"),
    "koi8_r": ("koi8-r", "Cyrillic"),
    "cp866": ("ibm866", "Cyrillic"),
    "cp1253": ("windows-1253", "Greek"),
    "cp1255": ("windows-1255", "Hebrew"),
    "cp1256": ("windows-1256", "Arabic"),
    "gb18030": ("gb18030", "Chinese"),
    "big5": ("big5", "traditional Chinese"),
    "cp932": ("shift_jis", "Japanese"),
    "euc_jp": ("euc-jp", "Japanese"),
    "cp949": ("euc-kr", "Korean"),
}
_HINT = "Save the file as UTF-8 and ingest it again."
_SAMPLE_BYTES = 2**20
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")  # escape (1b) colours terminal logs
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[A-Za-z]")
_BEYOND_LATIN = re.compile("[\u0370-\uffff]")
_PAUSE = re.compile(r"[\s,.;、。，．]")
_STRAY_JAMO = re.compile("[\u3130-\u318f]")  # EUC-JP's kana read as Korean


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text.

    Attributes:
        encoding: As `utf-8` or `windows-1251`.
        guessed: Whether nothing in the file proves the encoding.
        had_bom: Whether a byte-order mark was left out of the text.
        warning: A sentence for the person where `guessed`, else None.
    """

    text: str
    encoding: str
    guessed: bool
    had_bom: bool
    warning: str | None = None


def decode(data: bytes) -> Decoded:
    """The text of a file; an empty file has an empty text.

    Raises:
        FileUnreadable: The bytes are no text, or text in an encoding that cannot be told.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decode_marked(data[len(mark) :], encoding)
    _refuse_magic(data)
    if b"\x00" in data:
        return _decode_unmarked_utf16(data)
    _refuse_controls(data)
    try:
        return Decoded(data.decode("utf-8"), "utf-8", guessed=False, had_bom=False)
    except UnicodeDecodeError:
        return _damaged_utf8(data) or _decode_legacy(data)


def _decode_marked(data: bytes, encoding: str) -> Decoded:
    try:
        return Decoded(data.decode(encoding), encoding, guessed=False, had_bom=True)
    except UnicodeDecodeError as exc:
        raise FileUnreadable(
            f"The file begins with the mark of {encoding}, and breaks its rules at byte"
            f" {exc.start}.",
            hint=_HINT,
        ) from exc


def _refuse_magic(data: bytes) -> None:
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            raise FileUnreadable(
                f"The file is {kind}, not text, whatever its name says.",
                hint="Give it the suffix of its kind, or leave it out.",
            )


def _refuse_controls(data: bytes) -> None:
    sample = data[:_SAMPLE_BYTES]
    controls = sum(1 for _ in _CONTROLS.finditer(sample))
    if controls > max(1, len(sample) // 50):
        raise _binary(f"{controls} of its first {len(sample)} bytes are control characters")


def _binary(reason: str) -> FileUnreadable:
    return FileUnreadable(
        f"The file is binary, not text: {reason}.",
        hint="If it is text after all, save it as UTF-8; otherwise leave it out.",
    )


def _decode_unmarked_utf16(data: bytes) -> Decoded:
    """Reads what has zero bytes, if one order of UTF-16's bytes makes text with pauses in it."""
    pauses = {}
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _reads_as_text(text):
            pauses[encoding] = len(_PAUSE.findall(text)), text
    best = max(pauses, key=lambda encoding: pauses[encoding][0], default=None)
    if best is None or sum(count == pauses[best][0] for count, _ in pauses.values()) > 1:
        raise _binary(f"{data.count(0)} of its {len(data)} bytes are zero")
    return _guess(pauses[best][1], best)


def _reads_as_text(text: str) -> bool:
    odd = sum(1 for char in text if not (char.isprintable() or char in "\t\n\r\f\ufeff"))
    return odd * 100 <= len(text)


def _damaged_utf8(data: bytes) -> Decoded | None:
    """UTF-8 with a few broken bytes, which stay visible as U+FFFD; None where it is another
    encoding.
    """
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    intact = sum(1 for char in text if char > "\x7f") - broken
    if intact < 10 * broken:
        return None
    return Decoded(
        text,
        "utf-8",
        guessed=True,
        had_bom=False,
        warning=f"Read as utf-8 although {broken} places break its rules; they show as \ufffd.",
    )


def _decode_legacy(data: bytes) -> Decoded:
    from charset_normalizer import from_bytes

    matches = from_bytes(_sample(data), cp_isolation=list(_LEGACY))
    plausible = [match for match in matches if _is_plausible(str(match))]
    if not plausible:
        raise FileUnreadable(
            "The file is not UTF-8, and no other encoding gives readable text.", hint=_HINT
        )
    encoding = _best(plausible)
    shown, _ = _LEGACY[encoding]
    try:
        return _guess(data.decode(encoding), shown)
    except UnicodeDecodeError as exc:
        raise FileUnreadable(
            f"The file begins as {shown}, and breaks its rules at byte {exc.start}.", hint=_HINT
        ) from exc


def _sample(data: bytes) -> bytes:
    # A line feed is no part of a longer character in any of the encodings above.
    if len(data) <= _SAMPLE_BYTES:
        return data
    return data[: data.rfind(b"\n", 0, _SAMPLE_BYTES) + 1] or data


def _is_plausible(text: str) -> bool:
    """False where letters of two scripts stand in one word, or letters are taken apart."""
    words = _WORD.findall(text)
    mixed = sum(1 for word in words if _LATIN.search(word) and _BEYOND_LATIN.search(word))
    jamo = len(_STRAY_JAMO.findall(text))
    return mixed * 10 <= len(words) and jamo * 10 <= len(text)


def _best(matches: "list[CharsetMatch]") -> str:
    least_chaos = min(match.chaos for match in matches)
    clean = [match for match in matches if match.chaos <= least_chaos + 0.005]
    most_coherent = max(match.coherence for match in clean)
    close = [match for match in clean if match.coherence >= most_coherent - 0.03]
    if len({_LEGACY[match.encoding][1] for match in close}) > 1:
        shown = " or ".join(sorted(_LEGACY[match.encoding][0] for match in close))
        raise FileUnreadable(
            f"The file is not UTF-8; it could be {shown}, and is too short to tell.", hint=_HINT
        )
    order = list(_LEGACY)
    best = [match for match in close if match.coherence >= most_coherent - 0.01]
    # A match also names the codecs that give the very same text.
    names = [name for match in best for name in match.could_be_from_charset if name in _LEGACY]
    return min(names, key=order.index)


def _guess(text: str, encoding: str) -> Decoded:
    return Decoded(
        text,
        encoding,
        guessed=True,
        had_bom=False,
        warning=f"Read as {encoding}, a guess: save the file as UTF-8 to be sure.",
    )
