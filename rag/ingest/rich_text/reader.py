"""RTF into text: paragraphs, headings by style or outline level, list labels as they are stored,
tables row by row, footnotes below their paragraph.

Left out are headers and footers, comments, pictures, hidden and deleted words.
"""

from dataclasses import dataclass, field, replace

from rag.errors import FileUnreadable
from rag.ingest.building import TextBuilder, one_line
from rag.ingest.dates import stated_date
from rag.ingest.lines import split_lines
from rag.ingest.office.numbering import BULLET
from rag.ingest.rich_text.head import Head, read_head, stated_author, stated_title
from rag.ingest.rich_text.tokens import Token, tokens
from rag.ingest.structure import LIST_MARKER
from rag.ingest.tables import write_table
from rag.types import ParsedDocument

_CHARACTERS = {
    "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘",
    "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ",
    "qmspace": " ", "softline": "\n", "nestcell": " ", "nestrow": " ",
}  # fmt: skip
_SYMBOLS = {"~": "\xa0", "_": "\u2011", "\n": "\n", "\r": "\n", "\\": "\\", "{": "{", "}": "}"}
_UNSEEN = frozenset(
    (
        *("fonttbl", "colortbl", "stylesheet", "pict", "object", "header", "headerl", "headerr"),
        *("headerf", "footer", "footerl", "footerr", "footerf", "fldinst", "annotation", "atnid"),
        *("atnauthor", "atrfstart", "atrfend", "bkmkstart", "bkmkend", "listtable", "xe", "tc"),
        *("listoverridetable", "rsidtbl", "generator", "themedata", "datastore", "nonshppict"),
        *(
            "revtbl",
            "filetbl",
            "template",
            "ftnsep",
            "ftnsepc",
            "aftnsep",
            "aftnsepc",
            "sp",
            "info",
        ),
    )
)
_SEEN_EXTENSIONS = frozenset(("shppict", "shptxt", "shpinst", "footnote", "listtext", "pntext"))
_BULLETS = ("•", "·", "o", "\uf0b7", "\uf0a7")
_PARAGRAPH_ENDS = frozenset(("par", "sect", "page"))


@dataclass(frozen=True, slots=True)
class _State:
    """What holds up to the end of a group."""

    destination: str = "text"
    is_hidden: bool = False
    fallback_chars: int = 1
    encoding: str = "cp1252"


@dataclass(slots=True)
class _Paragraph:
    """The paragraph at hand."""

    parts: list[str] = field(default_factory=list)
    label: list[str] = field(default_factory=list)
    level: int | None = None
    style: int = 0
    in_table: bool = False


def parse_rich_text(data: bytes, media_type: str) -> ParsedDocument:
    """The document in an .rtf file.

    Raises:
        FileUnreadable: It is no RTF, or holds no text.
    """
    source = data.decode("latin-1")
    if not source.lstrip("\ufeffï»¿ \r\n\t").startswith("{\\rtf"):
        raise FileUnreadable(
            "The file is no RTF document, whatever its name says: save it again in its program, or"
            " leave it out."
        )
    reader = _Reader(read_head(source))
    for token in tokens(source):
        reader.take(token)
    reader.finish()
    builder = reader.builder
    if builder.is_empty:
        raise FileUnreadable("The RTF document holds no text.")
    return builder.build(
        media_type,
        title=reader.title or stated_title(reader.stated("title")),
        date=stated_date(split_lines(builder.head())) or reader.head.date,
        metadata=stated_author(reader.stated("author")),
    )


class _Reader:
    """Takes tokens in order and writes what they say."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self.builder = TextBuilder()
        self.title: str | None = None
        self._stated: dict[str, list[str]] = {}
        self._state = _State(encoding=head.encoding)
        self._stack: list[_State] = []
        self._paragraph = _Paragraph()
        self._notes: list[list[str]] = []
        self._note_count = 0
        self._bytes = bytearray()
        self._to_skip = 0
        self._is_extension = False
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._header_rows = 0
        self._tables = 0

    def stated(self, name: str) -> str:
        """What the information group says under a name."""
        return one_line("".join(self._stated.get(name, [])))

    def take(self, token: Token) -> None:
        """Takes the next token."""
        kind = token.kind
        if kind == "byte":
            if self._to_skip:
                self._to_skip -= 1
            else:
                self._bytes.append(int(token.text, 16))
            return
        if self._bytes:
            self._flush_bytes()
        if kind == "text":
            skipped = min(self._to_skip, len(token.text))
            self._to_skip -= skipped
            self._say(token.text[skipped:])
        elif kind == "{":
            self._stack.append(self._state)
            self._to_skip = 0
        elif kind == "}":
            self._state = self._stack.pop() if self._stack else self._state
            self._to_skip = 0
        elif kind == "symbol":
            self._symbol(token.text)
        else:
            self._word(token.text, token.number)

    def finish(self) -> None:
        """Writes what is left."""
        self._flush_bytes()
        if self._cells:
            self._end_row()
        self._end_paragraph()
        self._end_table()

    def _flush_bytes(self) -> None:
        words = self._bytes.decode(self._state.encoding, "replace")
        self._bytes.clear()
        self._say(words)

    def _say(self, words: str) -> None:
        state = self._state
        if state.is_hidden or not words:
            return
        if state.destination == "text":
            self._paragraph.parts.append(words)
        elif state.destination == "label":
            self._paragraph.label.append(words)
        elif state.destination == "note":
            self._notes[-1].append(words)
        elif state.destination in ("title", "author"):
            self._stated.setdefault(state.destination, []).append(words)

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._is_extension = True
        elif symbol in ("\n", "\r"):
            self._word("par", None)
        else:
            self._say(_SYMBOLS.get(symbol, ""))

    def _word(self, word: str, number: int | None) -> None:
        is_extension, self._is_extension = self._is_extension, False
        if word in _CHARACTERS:
            self._say(_CHARACTERS[word])
        elif word == "u" and number is not None:
            self._say(chr(number % 65_536))
            self._to_skip = self._state.fallback_chars
        elif word in _PARAGRAPH_ENDS:
            self._say("\n") if self._state.destination == "note" else self._end_paragraph()
        elif not self._begins_group(word, is_extension):
            self._property(word, number)

    def _begins_group(self, word: str, is_extension: bool) -> bool:
        state = self._state
        if word in ("title", "author") and state.destination == "info":
            self._state = replace(state, destination=word)
        elif word == "info":
            self._state = replace(state, destination="info")
        elif state.destination in ("unseen", "info", "title", "author"):
            return word in _UNSEEN
        elif word == "footnote":
            self._notes.append([])
            self._state = replace(state, destination="note")
        elif word in ("listtext", "pntext"):
            self._state = replace(state, destination="label")
        elif word in _UNSEEN or (is_extension and word not in _SEEN_EXTENSIONS):
            self._state = replace(state, destination="unseen")
        else:
            return False
        return True

    def _property(self, word: str, number: int | None) -> None:
        if self._state.destination not in ("text", "note", "label"):
            return
        if word in ("v", "deleted"):
            self._state = replace(self._state, is_hidden=number != 0)
        elif word == "plain":
            self._state = replace(self._state, is_hidden=False, encoding=self.head.encoding)
        elif word == "f":
            encoding = self.head.fonts.get(number or 0, self.head.encoding)
            self._state = replace(self._state, encoding=encoding)
        elif word == "uc":
            self._state = replace(self._state, fallback_chars=min(100, max(0, number or 0)))
        elif self._state.destination == "text":
            self._of_paragraph(word, number)

    def _of_paragraph(self, word: str, number: int | None) -> None:
        paragraph = self._paragraph
        if word == "pard":
            paragraph.level, paragraph.style, paragraph.in_table = None, 0, False
        elif word == "outlinelevel":
            paragraph.level = (number or 0) + 1 if (number or 0) < 9 else None
        elif word == "s":
            paragraph.style = number or 0
        elif word == "intbl":
            paragraph.in_table = True
        elif word == "cell":
            self._cells.append("".join((*paragraph.label, *paragraph.parts)).strip())
            paragraph.parts, paragraph.label = [], []
        elif word == "row":
            self._end_row()
        elif word == "trhdr" and self._header_rows == len(self._rows):
            self._header_rows += 1

    def _end_row(self) -> None:
        self._rows.append(self._cells)
        self._cells = []

    def _end_paragraph(self) -> None:
        paragraph = self._paragraph
        words, label = "".join(paragraph.parts), one_line("".join(paragraph.label))
        if self._cells or paragraph.in_table:
            paragraph.parts.append("\n")
            return
        paragraph.parts, paragraph.label = [], []
        if not words.strip():
            return
        self._end_table()
        if not label and (marker := LIST_MARKER.match(words)):
            label, words = marker.group().strip(), words[marker.end() :]
        self._write(words, BULLET if label in _BULLETS else label)
        notes, self._notes = self._notes, []
        for note in notes:
            self._note_count += 1
            self.builder.paragraph(f"Note {self._note_count}: {one_line(''.join(note))}")

    def _write(self, words: str, label: str) -> None:
        level = self._paragraph.level or self.head.levels.get(self._paragraph.style)
        is_title = self._paragraph.style in self.head.titles
        text = f"{label} {words.lstrip()}" if label else words
        if is_title and self.title is None:
            self.title = one_line(words)
        if level or is_title:
            self.builder.heading(text, level or 1)
        elif label:
            self.builder.item(text)
        else:
            self.builder.paragraph(text)

    def _end_table(self) -> None:
        rows, self._rows = self._rows, []
        headers, self._header_rows = min(self._header_rows, len(rows)), 0
        if not rows:
            return
        self._tables += 1
        label = f"table {self._tables}"
        write_table(
            self.builder,
            enumerate(rows, 1),
            lambda row: f"{label}, row {row}",
            headers=headers or None,
            caption_level=0,
        )
