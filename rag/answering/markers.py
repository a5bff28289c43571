"""Whole sentences with the evidence they cite, out of a model's text as it comes.

A sentence is given once nothing that follows can change it: its end was seen, the markers behind
its full stop too, and the next word has begun. `MarkupFilter` has taken out what must not reach a
reader before. Invariant: any cut of the text into pieces gives the same sentences.
"""

import re
from collections.abc import Iterator, Sequence

from rag.answering.markup import (
    FENCE_CLOSE,
    FENCE_OPEN,
    FIRST_MARK,
    MOST_EVIDENCE,
    URL_CLOSE,
    URL_OPEN,
    MarkupFilter,
)
from rag.answering.verification.base import Piece, PieceKind
from rag.ingest.sentence_ends import sentence_ends

MAX_CHARS = 20_000
"""Characters of a model's text that are read; what comes after is left unread."""

LONGEST_SENTENCE = 1500
"""Characters after which a sentence without an end is cut at a space."""

_LOOK_AHEAD = 48  # a word that long may be told apart from an abbreviation's continuation
_MARK = f"[{chr(FIRST_MARK)}-{chr(FIRST_MARK + MOST_EVIDENCE - 1)}]"
_MARKS = re.compile(_MARK)
_MARKS_BEHIND = re.compile(rf"(?:[ \t]*{_MARK})+")
_MARKS_ALONE = re.compile(rf"\s*{_MARK}(?:[ \t,]*{_MARK})*[ \t.]*(?=\n|$)")
_MARKS_FIRST = re.compile(rf"[ \t]*{_MARK}")
_PREFIX = re.compile(
    r"[ \t]*(?:>[ \t]?)*(?:(?P<heading>#{1,6}[ \t]+)|(?P<item>(?:[-*+•‣◦–]|\d{1,3}[.)])[ \t]+))?"
)
_RULE = re.compile(r"[ \t]*(?:[-*_=][ \t]*){3,}$|[ \t]*=+[ \t]*$")
_DELIMITER_ROW = re.compile(r"[ \t]*\|[ \t:|-]*$")
_URL = re.compile(rf"{URL_OPEN}([^{URL_CLOSE}]*){URL_CLOSE}")
_AS_SAID_IN = re.compile(
    r"(?:\b(?:according to|as (?:stated|shown|described|noted|mentioned|reported|said) (?:in|by)"
    r"|see(?: also)?|cf\.)[ ]+)(?:the[ ]+)?(?:sources?|documents?|evidence|passages?)?[ ]*"
    rf"({_MARK}(?:[ ]*(?:,|and|&)?[ ]*{_MARK})*)[ ]*,?",
    re.IGNORECASE,
)
_MARK_RUN = re.compile(
    rf"[ \t]*,?[ \t]*{_MARK}(?:[ \t]*(?:[,;&/–—-]|and|to)?[ \t]*{_MARK})*", re.IGNORECASE
)
_CUT_URL = re.compile(rf"{URL_OPEN}[^{URL_CLOSE}]*$|^[^{URL_OPEN}]*{URL_CLOSE}")
_LEFT_MARKER = re.compile(r"!?\[\^?\d{1,3}\]")
_EMPTY_BRACKETS = re.compile(r"[ \t]*[(\[](?:see|from|and|source|[\s,;:])*[)\]]", re.IGNORECASE)
_CLOSED = re.compile(r"[.!?…。！？।]['\"”’»)\]*_]*$")


class StreamParser:
    """Takes text in pieces of any size, and gives each sentence once it is surely whole.

    Args:
        evidence: The texts of the evidence, in the order of their numbers: a link's address
            stays only where those that its sentence cites (any, where it cites none) hold it.
        max_chars: What is read at most; `truncated` says whether there was more.
    """

    def __init__(self, evidence: Sequence[str], max_chars: int = MAX_CHARS) -> None:
        self._evidence = tuple(evidence)
        self._left = max_chars
        self._filter = MarkupFilter(len(self._evidence))
        self._text = ""
        self._lead = ""
        self._at_line_start = True
        self._marks_lead = False
        self._kind: PieceKind = "sentence"
        self._has_given = False
        self._in_table = False
        self._glued = False
        self._ended = True
        self.truncated = False

    def feed(self, text: str) -> tuple[Piece, ...]:
        """The sentences that are whole by now, in order."""
        self.truncated = self.truncated or len(text) > self._left
        read = text[: self._left]
        self._left -= len(read)
        self._text += self._filter.feed(read)
        return tuple(self._drain(final=False))

    def finish(self, complete: bool = True) -> tuple[Piece, ...]:
        """What is left. Where the text broke off (`complete` is False, or there was more than is
        read), its last sentence is left out unless something behind its end shows that it ended.
        """
        self._text += self._filter.finish()
        pieces = []
        ended = True
        for piece in self._drain(final=True):
            pieces.append(piece)
            ended = self._ended
        if pieces and not ended and (self.truncated or not complete):
            pieces.pop()
        return tuple(pieces)

    def _drain(self, final: bool) -> Iterator[Piece]:
        while self._text:
            before = (len(self._text), self._at_line_start)
            raw = self._next(final)
            if raw is not None:
                piece = self._composed(raw)
                if piece is not None:
                    yield piece
            elif (len(self._text), self._at_line_start) == before:
                return

    def _next(self, final: bool) -> str | None:
        """The next sentence as it came, marks and all; None where it took other text, or none."""
        if self._at_line_start and not self._begin_line(final):
            return None
        if self._text.startswith(FENCE_OPEN):
            end = self._text.find(FENCE_CLOSE)
            return None if end < 0 else self._take(end + 1, final)
        if self._kind == "structure" or self._text.startswith("|"):
            end = self._text.find("\n", 0, LONGEST_SENTENCE)
            if end < 0 and not final and len(self._text) < LONGEST_SENTENCE:
                return None
            return self._take(end if end >= 0 else min(len(self._text), LONGEST_SENTENCE), final)
        return self._prose(final)

    def _begin_line(self, final: bool) -> bool:
        """Takes what opens a line; False where more must be known, or the line was no content."""
        text = self._text
        bare = text.lstrip()
        if not final and (not bare or ("\n" not in bare and len(bare) < 8)):
            return False
        first = len(text) - len(bare)
        breaks = text.count("\n", 0, first)
        start = text.rfind("\n", 0, first) + 1 if breaks else 0
        line = text[start : start + 80].split("\n", 1)[0]
        if bare and bare[0] in "-*_=":
            if not final and "\n" not in text[start : start + 80] and len(text) - start < 80:
                return False
            if _RULE.match(line) and len(line) < 80:
                self._text = text[start + len(line) :]
                self._break_lead(max(breaks, 2))
                return False
        prefix = _PREFIX.match(text, start)
        opening, end = (prefix.group(), prefix.end()) if prefix else ("", start)
        self._break_lead(breaks)
        self._lead += opening if opening.strip() else ""
        self._kind = "structure" if prefix and prefix.group("heading") else "sentence"
        self._text = text[end:]
        self._marks_lead = _MARKS_FIRST.match(self._text) is not None
        self._at_line_start = False
        return bool(self._text)

    def _break_lead(self, breaks: int) -> None:
        """A line break in front of the next piece, or an empty line; what opened a line that had
        no content goes.
        """
        known = self._lead.count("\n")
        self._lead = "\n" * min(2, breaks + known) if self._has_given else ""

    def _prose(self, final: bool) -> str | None:
        text = self._text
        stretch, closed = self._stretch(final)
        plain, places = _without_marks(text[:stretch])
        ends = sentence_ends(plain, 0, len(plain))
        if ends and ends[0] <= LONGEST_SENTENCE:
            end = ends[0]
            if closed or _is_certain(plain, end):
                return self._take(self._with_marks(places[end - 1] + 1, stretch), final)
            return None
        if len(plain) > LONGEST_SENTENCE + _LOOK_AHEAD:
            cut = plain.rfind(" ", LONGEST_SENTENCE // 2, LONGEST_SENTENCE)
            return self._take(places[cut if cut > 0 else LONGEST_SENTENCE], final)
        return self._take(stretch, final) if closed else None

    def _stretch(self, final: bool) -> tuple[int, bool]:
        """Where the running text ends, and whether that is sure: a lower-case letter behind a
        line break goes on with the sentence.
        """
        text = self._text
        position = 0
        while True:
            fence = text.find(FENCE_OPEN, position)
            position = text.find("\n", position)
            if fence >= 0 and (position < 0 or fence < position):
                return fence, True
            if position < 0:
                return len(text), final
            following = text[position + 1 :].lstrip(" \t")
            if not following:
                return (position, True) if final else (position, False)
            if not following[0].islower():
                return position, True
            position += 1

    def _with_marks(self, end: int, stretch: int) -> int:
        """The end of a sentence with the markers behind it, which are its own unless the line
        puts them in front of its sentences.
        """
        behind = _MARKS_BEHIND.match(self._text, end, stretch)
        if behind is None or (self._marks_lead and self._text[behind.end() : stretch].strip()):
            return end
        return behind.end()

    def _take(self, end: int, final: bool) -> str | None:
        """The text up to an offset; where a line ends there, with the markers alone on the next."""
        text = self._text
        rest = text[end:]
        bare = rest.lstrip()
        if "\n" in rest[: len(rest) - len(bare)] or not bare:
            if not final and not bare:
                return None
            if _MARKS.match(bare):
                run = re.match(rf"(?:[ \t,.]*{_MARK})*[ \t.]*", bare)
                if run and run.end() == len(bare) and not final:
                    return None
                alone = _MARKS_ALONE.match(rest)
                end += alone.end() if alone else 0
            rest = text[end:]
            self._at_line_start = "\n" in rest[: len(rest) - len(rest.lstrip())] or not rest
        elif text[:end].endswith(FENCE_CLOSE):
            self._at_line_start = True
        self._text = text[end:]
        self._ended = bool(rest.strip()) or bool(rest) or not final
        return text[:end]

    def _composed(self, raw: str) -> Piece | None:
        """The piece, or None where nothing readable is left of it."""
        cited = tuple(dict.fromkeys(ord(mark) - FIRST_MARK for mark in _MARKS.findall(raw)))
        text = raw if raw.startswith(FENCE_OPEN) else _readable(raw)
        text = _CUT_URL.sub("", _URL.sub(lambda match: self._kept(match.group(1), cited), text))
        if raw.startswith(FENCE_OPEN):
            language, _, code = _MARKS.sub("", text).strip(FENCE_OPEN).partition("\n")
            code = code.partition(FENCE_CLOSE)[0].strip("\n")
            text = f"```{language}\n{code}\n```" if code.strip() else ""
        else:
            text = _tidied(text)
        spaced = raw[:1].isspace() or not self._glued
        lead = self._lead or (" " if self._has_given and spaced else "")
        begins_table = text.startswith("|") and not self._in_table
        self._in_table = text.startswith("|")
        is_layout = begins_table or _DELIMITER_ROW.match(text)
        kind: PieceKind = "structure" if is_layout else self._kind
        if kind == "sentence" or "|" not in text:
            text = text if any(char.isalnum() for char in text) else ""
        if not text:
            return None
        self._lead, self._has_given = "", True
        self._kind = "sentence"
        self._ended = self._ended or bool(cited and _CLOSED.search(text))
        self._glued = not raw.isascii() and raw[-1:] in "。！？"
        return Piece(text, cited, kind, lead)

    def _kept(self, url: str, cited: Sequence[int]) -> str:
        """The address, if the evidence holds just this one; else nothing."""
        exact = re.compile(rf"(?<![\w/.@-]){re.escape(url)}(?![\w/%&=?#~@-]|[.:]\w)")
        held = [self._evidence[each] for each in cited] or self._evidence
        return url if any(exact.search(each) for each in held) else ""


def _is_certain(plain: str, end: int) -> bool:
    """Whether enough is known behind a sentence's end."""
    rest = plain[end:]
    if plain[end - 1 : end] in "。！？｡।॥؟۔" and rest[:1].isalnum():
        return True
    return re.match(r"\s*\S+\s", rest) is not None or len(rest) >= _LOOK_AHEAD


def _without_marks(text: str) -> tuple[str, list[int]]:
    """The text without marks, and where each of its characters stood."""
    last = chr(FIRST_MARK + MOST_EVIDENCE)
    places = [at for at, char in enumerate(text) if not chr(FIRST_MARK) <= char < last]
    plain = "".join([text[at] for at in places])
    # No sentence ends inside an address.
    return _URL.sub(lambda match: "x" * len(match.group()), plain), places


def _readable(raw: str) -> str:
    said_in = _AS_SAID_IN.match(raw.lstrip())
    text = _AS_SAID_IN.sub("", raw.lstrip())
    if said_in:
        text = text.lstrip()[:1].upper() + text.lstrip()[1:]
    return _MARK_RUN.sub("", text)


def _tidied(text: str) -> str:
    """Without what removals have left behind: empty brackets, double spaces, half of an emphasis,
    strokes through words, which say "unsupported" here.
    """
    text = _EMPTY_BRACKETS.sub("", _LEFT_MARKER.sub("", text)).replace("~~", "")
    text = re.sub(r"\s+([.,;:!?])(?=\s|$)", r"\1", re.sub(r"\s+", " ", text))
    for marks in ("**", "__"):
        if text.count(marks) % 2:
            text = text.replace(marks, "")
    # Halves that stood apart in the stream, and would mean something together.
    return re.sub(r"\](?=\()|<(?=[a-zA-Z/!?])", r"\g<0> ", text).strip()


def lead_after(dropped: str, following: str) -> str:
    """The lead of a piece whose predecessor is not shown: a paragraph or list item that began with
    the one left out begins with this one.

    Whoever shows a piece first takes the line breaks off its lead.
    """
    return following if "\n" in following else dropped
