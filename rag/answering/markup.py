"""Takes out of a model's text, as it comes, what must never reach a reader: links and images,
HTML, invisible characters. Citation markers become marks, and addresses stand between two fences,
so that whoever joins sentences can decide on them.

Invariant: what comes out does not depend on how the text was cut into pieces. A construct is
looked at only when enough of what follows is known, and nothing waits for more than
`_LONGEST_URL` characters.
"""

import re
from collections.abc import Iterator

FIRST_MARK = 0xE000
"""Code point of the mark that stands for the first piece of evidence; private use, so that no text
holds it: these characters are taken out of what comes in."""
MOST_EVIDENCE = 0x1000
URL_OPEN, URL_CLOSE = "\uf8f0", "\uf8f1"
FENCE_OPEN, FENCE_CLOSE = "\uf8f2", "\uf8f3"

_LONGEST_URL = 2000
_LONGEST_LINK_TEXT = 400
_LONGEST_CODE = 300
_LONGEST_TAG = 1000
_LONGEST_MARKER = 64

# Format, private-use and control characters, fillers, variation selectors, tags (U+E0000 block).
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff]"
)
_FOLDED = str.maketrans(
    dict.fromkeys("\x85\u2028\u2029", "\n")
    | dict.fromkeys("\xa0\u1680\u202f\u205f\u3000", " ")
    | dict.fromkeys(map(chr, range(0x2000, 0x200B)), " ")
    | dict.fromkeys("【［⟦〔", "[")
    | dict.fromkeys("】］⟧〕", "]")
)

_KIND = r"(?:sources?|docs?|documents?|evidence|refs?|references?|passages?|citations?|cite)"
_NUMBERS = rf"#?\d{{1,3}}(?:\s*(?:[-–—,;&/]|and|to)\s*(?:{_KIND}\s*)?\^?#?\d{{1,3}})*"
_PAGES = r"(?:,?\s*(?:pp?\.?|pages?|lines?|ll?\.|§+)\s*[\d–-]+)?"
_MARKER = re.compile(
    rf"\[\^?\s*(?:{_KIND}\s*[:.]?\s*)?({_NUMBERS}){_PAGES}\s*\\?\]"
    rf"|\[{_KIND}\s*#?(\d{{1,3}})\s*[:,|–-][^\]\n]*\]",
    re.IGNORECASE,
)
_FOREIGN_MARKER = re.compile(r"\[(\d{1,3})(?::\d{1,3})?†[^\]\n]{0,40}\]")
_ROUND_MARKER = re.compile(rf"\((?:see\s+)?{_KIND}\s*:?\s*({_NUMBERS})\s*\)", re.IGNORECASE)
_RANGE = re.compile(r"(\d{1,3})(?:\s*(?:[-–—]|to)\s*(\d{1,3}))?")

_FENCE_LINE = re.compile(r"[ \t]*(`{3,}|~{3,})([^`\n]*)(?:\n|$)")
_MAYBE_FENCE = re.compile(r"[ \t]*(?:`{1,2}|~{1,2})?$")
_WORD = re.compile(r"[^\s\[\]<`(!\\]+")
_URL = re.compile(r"[^\s<>\"`\[\]|]+")
_URL_TAIL = re.compile(r"[.,;:!?'\"*_~]+$")
_TOP = "com|org|net|io|dev|app|co|ai|info|biz|xyz|site|online|top|ru|cn|uk|de|eu|us|me|gg|ly|link"
_URL_START = re.compile(
    r"(?:(?<![\w])(?:https?|s?ftps?|file|wss?|blob|intent|javascript|vbscript|data|mailto|tel|sms"
    r"|magnet):(?=\S)"
    r"|[a-z][a-z0-9+.-]{1,20}://|(?<![:\w/])//[\w-]+\.|(?<!\w)www\."
    r"|[\w.+-]{1,64}@[\w-]+\.[\w-]{2,}"
    rf"|(?<![\w.-])(?:[a-z0-9-]{{1,63}}\.)+(?:{_TOP})(?![\w-]|\.\w)"
    r"|(?<![\w.-])(?:[\w-]{1,63}\.)+[a-z]{2,24}(?::\d+)?(?:[/#]\w|\?\w))",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"</?[a-zA-Z][\w:-]*(?:[\s/]+(?:[^\s\"'>/=<]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'=<>`]+))?)?)*"
    r"\s*/?>|<[!?@#][^>]*>"
)
_SILENT = re.compile(r"<(script|style|iframe|object|svg|template|noscript|head|title)\b", re.I)
_BREAK = re.compile(r"</?(?:br|p|div|li|tr|h[1-6]|ul|ol|table)\b", re.IGNORECASE)


class MarkupFilter:
    """Filters one text.

    Args:
        evidence_count: How many numbers name something; markers of others vanish.
    """

    def __init__(self, evidence_count: int) -> None:
        self._count = min(evidence_count, MOST_EVIDENCE)
        self._raw = ""
        self._at_line_start = True
        self._fence = ""
        self._skips_word = False

    def feed(self, text: str) -> str:
        """What is settled by now."""
        self._raw += _INVISIBLE.sub("", text.translate(_FOLDED))
        return "".join(self._drain(final=False))

    def finish(self) -> str:
        """What is left; an open code block is closed."""
        settled = "".join(self._drain(final=True))
        if self._fence:
            self._fence = ""
            settled += FENCE_CLOSE
        return settled

    def _drain(self, final: bool) -> Iterator[str]:
        while self._raw:
            step = self._code_line(final) if self._fence else self._step(final)
            if step is None:
                return
            out, length, *again = step
            # What a link says is read again: it may hold markers and further links.
            self._raw = "".join(again) + self._raw[length:]
            if out:
                self._at_line_start = out.endswith(("\n", FENCE_CLOSE))
                yield out

    def _step(self, final: bool) -> tuple[str, int] | tuple[str, int, str] | None:
        """Text to give out, how much it took, and text to read again; None to wait for more."""
        raw = self._raw
        if self._skips_word:
            return self._rest_of_word()
        if self._at_line_start and raw[0] in " \t`~":
            opening = self._opening(final)
            if opening is None or opening[1]:
                return opening
        match raw[0]:
            case "[":
                return self._bracket(final, 0)
            case "!" if len(raw) < 2:
                return ("!", 1) if final else None
            case "!" if raw[1] == "[":
                return self._bracket(final, 1)
            case "]" if len(raw) < 2:
                return ("]", 1) if final else None
            case "]":  # what is left of a link must not become one
                return ("] " if raw[1] == "(" else "]"), 1
            case "(":
                return self._round(final)
            case "<":
                return self._tag(final)
            case "`":
                return self._inline_code(final)
            case "\\" if len(raw) < 2:
                return ("\\", 1) if final else None
            case "\\":
                return ("" if raw[1] in "[]<>()!`" else "\\"), 1
            case ">" | "\n" | " " | "\t":
                return raw[0], 1
            case char if char.isspace():
                return " ", 1
        return self._word(final)

    def _opening(self, final: bool) -> tuple[str, int] | None:
        """The opening line of a code block; of length 0 where there is none."""
        line, newline, _ = self._raw[:_LONGEST_CODE].partition("\n")
        if not newline and not final and len(line) < _LONGEST_CODE:
            if _MAYBE_FENCE.match(line) or re.match(r"[ \t]*(?:`{3}|~{3})", line):
                return None
            return "", 0
        fence = _FENCE_LINE.match(line + "\n")
        if fence is None or len(line) == _LONGEST_CODE:
            return "", 0
        self._fence = fence.group(1)
        language = re.sub(r"\W.*", "", fence.group(2).strip())[:20]
        return f"{FENCE_OPEN}{language}\n", len(line) + len(newline)

    def _code_line(self, final: bool) -> tuple[str, int] | None:
        line, newline, _ = self._raw[:_LONGEST_URL].partition("\n")
        if not newline and not final and len(line) < _LONGEST_URL:
            return None
        bare = line.strip()
        if bare.startswith(self._fence) and not bare.strip(self._fence[0]):
            self._fence = ""
            return FENCE_CLOSE, len(line)
        return _with_fenced_urls(line.replace("`", "'")) + newline, len(line) + len(newline)

    def _bracket(self, final: bool, start: int) -> tuple[str, int] | tuple[str, int, str] | None:
        """A marker, link or image whose bracket opens at `start`."""
        raw = self._raw
        closing = _closing(raw, start, "[]", _LONGEST_LINK_TEXT)
        if closing is None and not final:
            return None
        if closing is None or closing < 0:
            return raw[: start + 1], start + 1
        after = raw[closing + 1 : closing + 2]
        if not after and not final:
            return None
        inner = raw[start + 1 : closing]
        marker = None if start else self._marks(raw[: closing + 1])
        end = closing + 1
        if after == "(":
            target = _closing(raw, end, "()", _LONGEST_URL)
            if target is None and not final:
                return None
            if target is not None and target > 0:
                if marker is not None:
                    return marker, target + 1
                address = self._address(raw[end + 1 : target])
                return "", target + 1, f"{'' if start else inner}{address}"
        if marker is not None:
            return marker, end + (after == ":")
        if start:
            inner = ""
        if after == "[":
            label = _closing(raw, end, "[]", _LONGEST_LINK_TEXT)
            if label is None and not final:
                return None
            if label is not None and label > 0 and self._marks(raw[end : label + 1]) is None:
                return "", label + 1, inner
        if start:
            return "", end
        if after == ":" or inner.startswith("^"):
            return "", end, inner.removeprefix("^")
        return "[", 1

    def _address(self, target: str) -> str:
        """What stays of a link's target: an address, to be judged with its sentence."""
        words = target.strip().strip("<>").split()
        known = words and _URL_START.match(words[0])
        return f" ({words[0]})" if known and len(words[0]) < _LONGEST_URL else ""

    def _marks(self, bracket: str) -> str | None:
        """The marks for a marker, only of evidence there is; None where it is no marker."""
        if len(bracket) > _LONGEST_MARKER:
            return None
        found = _MARKER.fullmatch(bracket) or _FOREIGN_MARKER.fullmatch(bracket)
        return None if found is None else self._named(found.group(found.lastindex or 1))

    def _named(self, numbers: str) -> str:
        marks = ""
        for part in _RANGE.finditer(numbers):
            first, last = int(part.group(1)), int(part.group(2) or part.group(1))
            for number in range(first, min(last, self._count) + 1):
                marks += chr(FIRST_MARK + number - 1) if 0 < number <= self._count else ""
        return marks

    def _round(self, final: bool) -> tuple[str, int] | None:
        end = self._raw.find(")", 0, _LONGEST_MARKER)
        if end < 0 and len(self._raw) < _LONGEST_MARKER and not final:
            return None
        found = _ROUND_MARKER.match(self._raw)
        return (self._named(found.group(1)), found.end()) if found else ("(", 1)

    def _tag(self, final: bool) -> tuple[str, int] | tuple[str, int, str] | None:
        raw = self._raw
        if len(raw) < 2:
            return ("<", 1) if final else None
        if not (raw[1].isalpha() or raw[1] in "/!?@#"):
            return "<", 1
        if raw.startswith("<!--") or "<!--".startswith(raw):
            return self._until("-->", final)
        end = raw.find(">", 0, _LONGEST_TAG)
        if end < 0:
            return None if len(raw) < _LONGEST_TAG and not final else (" ", 1)
        tag = raw[: end + 1]
        silent = _SILENT.match(tag)
        if silent and raw[end - 1] != "/":
            return self._until(f"</{silent.group(1).lower()}", final)
        if _TAG.fullmatch(tag) or "=" in tag:
            return ("\n" if _BREAK.match(tag) else ""), end + 1
        if _URL_START.match(tag, 1):  # an autolink, or Slack's `<address|words>`: the words stay
            return "", end + 1, f"{raw[1:end].replace('|', ' ')} "
        return " ", 1

    def _until(self, closing: str, final: bool) -> tuple[str, int] | None:
        """Nothing, up to where something closes, or to the end of the text."""
        end = self._raw.lower().find(closing)
        if end >= 0:
            close = self._raw.find(">", end)
            if close >= 0:
                return "", close + 1
        return ("", len(self._raw)) if final else None

    def _inline_code(self, final: bool) -> tuple[str, int] | None:
        raw = self._raw
        run = min(len(raw) - len(raw.lstrip("`")), _LONGEST_CODE)
        if run == len(raw) and not final and run < _LONGEST_CODE:
            return None
        limit = run + _LONGEST_CODE
        closing = re.compile(rf"(?<!`){'`' * run}(?!`)").search(raw, run, limit)
        if closing and (closing.end() < len(raw) or final):
            code = raw[run : closing.start()]
            if "\n" not in code and code.strip():
                return f"`{_with_fenced_urls(code.replace('`', chr(39)))}`", closing.end()
            return "", run
        if not final and len(raw) <= limit and "\n" not in raw:
            return None
        return "", run

    def _word(self, final: bool) -> tuple[str, int] | None:
        raw = self._raw
        word = _WORD.match(raw, 0, _LONGEST_URL)
        if word is None:  # cannot be: every other character is handled before
            return raw[0], 1
        if word.end() == len(raw) and not final and len(raw) < _LONGEST_URL:
            return None
        start = _URL_START.search(raw, 0, word.end())
        if start is None:
            return word.group(), word.end()
        if start.start():
            return raw[: start.start()], start.start()
        url = _URL.match(raw, 0, _LONGEST_URL)
        if url is None:
            return word.group(), word.end()
        if url.end() == len(raw) and len(raw) < _LONGEST_URL and not final:
            return None
        if url.end() == _LONGEST_URL:
            self._skips_word = True
            return "", url.end()
        address = _bare(url.group())
        return f"{URL_OPEN}{address}{URL_CLOSE}", len(address)

    def _rest_of_word(self) -> tuple[str, int]:
        rest = re.match(r"\S*", self._raw)
        end = rest.end() if rest else 0
        self._skips_word = end == len(self._raw)
        return "", end


def _closing(raw: str, start: int, pair: str, limit: int) -> int | None:
    """Where the bracket at an offset closes; -1 where it never does, None where that is open."""
    depth = 0
    for offset in range(start, min(len(raw), start + limit)):
        if raw[offset] == pair[0]:
            depth += 1
        elif raw[offset] == pair[1]:
            depth -= 1
            if not depth:
                return offset
        elif raw.startswith("\n\n", offset):
            return -1
    return -1 if len(raw) >= start + limit else None


def _bare(url: str) -> str:
    """An address without the marks that follow it in a sentence."""
    while True:
        shorter = _URL_TAIL.sub("", url)
        if shorter.endswith(")") and shorter.count(")") > shorter.count("("):
            shorter = shorter[:-1]
        if shorter == url or not shorter:
            return url
        url = shorter


def _with_fenced_urls(code: str) -> str:
    def fenced(match: re.Match[str]) -> str:
        word = match.group()
        start = _URL_START.search(word)
        if start is None:
            return word
        return f"{word[: start.start()]}{URL_OPEN}{word[start.start() :]}{URL_CLOSE}"

    return re.sub(r"\S+", fenced, code)
