"""An answer's deltas as the Markdown of Slack's streams.

How Slack reads Markdown is written down nowhere in full, so a stream is made safe under every
reading: its three signs become entities, and names of everyone or of a channel get a mark inside
that is not seen. What `answer_messages` shows in the end needs none of that.
"""

import re

from api.slack.rendering.escaping import clean
from api.slack.rendering.limits import STREAM_CHARS, length

_UNSEEN = "\u2060"
_NAMES = re.compile(r"@(?=here|channel|everyone)|#(?=[a-z])", re.IGNORECASE)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LITERAL = re.compile(
    r"""
      [\\`*~\[\]|!]
    | (?<![A-Za-z0-9])_|_(?![A-Za-z0-9])   # inside a word it is no emphasis
    | ^[ \t]*(?:[#+=-]|\d{1,9}[.)](?=\s|$))   # what a heading or a list begins with
    """,
    re.VERBOSE | re.MULTILINE,
)
_OPEN = re.compile(r"(?:@\w{0,8}|\#|\[\d{0,4}\]?|\]|`+|\r)\Z", re.IGNORECASE)
_CODE = re.compile(
    r"(?P<ticks>`+)|(?P<blank>\n[ \t]*\n)|(?P<marker>\[\d{1,4}\])(?![(:])|(?P<open>\[)"
    r"|(?P<close>\])(?=[(:\[])"
)


class StreamText:
    """Makes the deltas of one answer into pieces for `chat.appendStream`, in order.

    No piece, and no two pieces that meet, make a mention or a link. A sign whose meaning depends on
    what comes next is held back until that is there.
    """

    def __init__(self, *, markdown: bool) -> None:
        """For one answer.

        Args:
            markdown: Whether the text is Markdown (a language model's); document text is not, and
                is shown as it is.
        """
        self._markdown = markdown
        self._held = ""
        self._sent = 0
        self._code = ""
        self._line_begins = True
        self._full = False

    @property
    def full(self) -> bool:
        """Whether the message took in all it can: what came after was left out, so that the stream
        has to be stopped and the message be replaced by `answer_messages`.
        """
        return self._full

    def lead(self, short_answer: str) -> str:
        """What the stream begins with: words of a document on one line, in bold above the text."""
        shown = f"**{self._of_document(clean(short_answer))}**\n\n"
        self._line_begins = True
        self._sent += length(shown)
        return shown

    def add(self, delta: str) -> str:
        """What can be appended now, at most 12,000 characters; empty where nothing can."""
        text = self._held + delta
        held = _OPEN.search(text)
        cut = held.start() if held else len(text)
        text, self._held = text[:cut], text[cut:]
        return self._piece(text)

    def end(self) -> str:
        """What was held back; call it once."""
        text, self._held = self._held, ""
        return self._piece(text)

    def _piece(self, text: str) -> str:
        text = clean(text)
        shown = self._of_markdown(text) if self._markdown else self._of_document(text)
        if self._full or self._sent + length(shown) > STREAM_CHARS:
            self._full = self._full or bool(shown)
            return ""
        self._sent += length(shown)
        return shown

    def _of_document(self, text: str) -> str:
        """Document text, each sign of Markdown with a backslash before it."""
        before = "" if self._line_begins else "."
        if text:
            self._line_begins = text.endswith("\n")
        signs = _LITERAL.sub(_backslashed, before + text)[len(before) :]
        return _harmless(signs, "&<>")

    def _of_markdown(self, text: str) -> str:
        """A model's Markdown without its links; in code a bracket needs no backslash, and would
        show it.
        """
        shown, at = [], 0
        for sign in _CODE.finditer(text):
            shown.append(text[at : sign.start()])
            at = sign.end()
            ticks = sign["ticks"]
            if ticks and self._code in ("", ticks):
                self._code = "" if self._code else ticks
            elif sign["blank"] and len(self._code) < 3:
                self._code = ""
            shown.append("\\[" if sign["open"] and not self._code else sign[0])
            if sign["close"] and 0 < len(self._code) < 3:
                shown.append(_UNSEEN)  # code that is never closed is none, and would be a link
        return _harmless("".join([*shown, text[at:]]), "&<")


def _backslashed(sign: re.Match[str]) -> str:
    return sign[0][:-1] + "\\" + sign[0][-1]


def _harmless(text: str, signs: str) -> str:
    text = _NAMES.sub(r"\g<0>" + _UNSEEN, text)
    return "".join(_ENTITIES[sign] if sign in signs else sign for sign in text)
