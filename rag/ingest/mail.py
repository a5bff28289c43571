"""E-mail into a document, and its attachments into files.

The text is what a reader sees: who wrote to whom, when and about what, then the body. What a reply
quotes of the mail before it is furniture, since that mail says it under its own name and date; so
is what stands below the line of a signature.
"""

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parseaddr
from itertools import pairwise

from embeddings.base import CharSpan
from rag.errors import FileUnreadable
from rag.ingest.furniture import merged_spans
from rag.ingest.lines import Line, split_lines
from rag.ingest.parsers.base import Member
from rag.types import ParsedDocument

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_MOST_HEADER_CHARS = 1_000
_MOST_RAW_CHARS = 10_000
_QUOTED = re.compile(r"\s*>")
_INTRODUCES_QUOTE = re.compile(
    r"\s*(?:On|Am|Le|El|Il|Op)\b.{4,300}(?:wrote|schrieb|écrit|escribió|scritto|schreef).{0,60}:\s*$"
)
_FORWARDED = re.compile(r"-{2,}\s*(?:Original Message|Ursprüngliche Nachricht)\s*-{2,}", re.I)
_SIGNATURE = re.compile(r"-- ?$")
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]+")


def parse_mail(data: bytes, media_type: str) -> ParsedDocument:
    """The document that an e-mail holds.

    Raises:
        FileUnreadable: It has no header of an e-mail.
    """
    message = _message(data)
    head = [f"{name}: {value}" for name in _HEADERS if (value := _header(message, name))]
    body, warnings = _body(message)
    start = sum(len(line) + 1 for line in head) + 1
    is_reply = bool(_header(message, "In-Reply-To") or _header(message, "References"))
    furniture = _furniture(split_lines(body), start, is_reply=is_reply)
    author = parseaddr(_header(message, "From"))
    return ParsedDocument(
        text="\n".join((*head, "", body)),
        media_type=media_type,
        title=_header(message, "Subject") or None,
        date=_date(message),
        furniture=furniture,
        verbatim=((0, start),),
        metadata={"author": author[0] or author[1]} if any(author) else {},
        warnings=warnings,
    )


def attachments(data: bytes) -> Iterator[Member]:
    """The files that an e-mail carries, messages among them; pictures of its body are left out.

    Raises:
        FileUnreadable: It has no header of an e-mail.
    """
    taken: set[str] = set()
    for number, part in enumerate(_message(data).walk()):
        is_message = part.get_content_type() == "message/rfc822"
        name = _filename(part)
        if number == 0 or not (is_message or name):
            continue
        if (
            part.get_content_maintype() == "image"
            and part.get_content_disposition() != "attachment"
        ):
            continue
        path = _free_name(name or f"{_subject(part) or number}.eml", taken)
        try:
            yield Member(path, _content(part, is_message=is_message))
        except (LookupError, ValueError, MessageError) as exc:
            yield Member(path, problem=f"The attachment is damaged: {exc}.")


def messages(data: bytes) -> Iterator[Member]:
    """The e-mails of a mailbox file (mbox), in its order.

    Raises:
        FileUnreadable: It does not begin with a line as `From anna@example.org …`.
    """
    if not data.startswith(b"From "):
        raise FileUnreadable(
            "It is no mailbox: its first line does not begin with `From `.",
            hint="Name a single e-mail .eml.",
        )
    starts = [0, *(match.start() + 1 for match in re.finditer(rb"\nFrom (?=\S)", data)), len(data)]
    for number, (start, end) in enumerate(pairwise(starts), 1):
        head, _, rest = data[start:end].partition(b"\n")
        if head:
            yield Member(f"{number:05}.eml", rest.replace(b"\n>From ", b"\nFrom "))


def _message(data: bytes) -> Message:
    try:
        # The newer policies parse hostile headers in quadratic time.
        message = BytesParser(policy=compat32).parsebytes(data)
    except (MessageError, ValueError, LookupError, RecursionError) as exc:
        raise FileUnreadable(f"It is no e-mail: {exc}.", hint="Export it again.") from exc
    if not any(message.get(name) for name in ("From", "Date", "Subject", "Message-ID")):
        raise FileUnreadable(
            "It has none of the headers of an e-mail.", hint="Name it .txt if it is text."
        )
    return message


def _header(message: Message, name: str) -> str:
    value = str(message.get(name) or "")[:_MOST_RAW_CHARS]
    with suppress(ValueError, LookupError, MessageError):  # then it is shown as it stands
        value = str(make_header(decode_header(value)))
    return " ".join(value.split())[:_MOST_HEADER_CHARS].encode("utf-8", "replace").decode()


def _date(message: Message) -> str | None:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(_header(message, "Date")).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _body(message: Message) -> tuple[str, tuple[str, ...]]:
    """What is to be read, plain where it comes as plain text too."""
    part = _readable_part(message)
    if part is None:
        return "", ()
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return "", ()
    charset = part.get_content_charset("utf-8")
    try:
        text = data.decode(charset, "replace")
        warnings: tuple[str, ...] = ()
    except (LookupError, ValueError):  # the latter for a name with a null in it
        text = data.decode("utf-8", "replace")
        warnings = (f"It names the unknown encoding {charset!r}; read as utf-8.",)
    if part.get_content_type() == "text/html":
        return _text_of_html(text), warnings
    return text.replace("\r\n", "\n"), warnings


def _readable_part(message: Message) -> Message | None:
    """The first plain text that is no attachment, or else the first HTML."""
    found: dict[str, Message] = {}
    pending: list[Message] = [message]
    while pending:
        part = pending.pop(0)
        kind = part.get_content_type()
        if part.get_content_maintype() == "multipart":
            inner = part.get_payload()
            pending[:0] = [each for each in inner if isinstance(each, Message)]
        elif kind in ("text/plain", "text/html") and not _filename(part):
            found.setdefault(kind, part)
    return found.get("text/plain") or found.get("text/html")


def _text_of_html(markup: str) -> str:
    from rag.ingest.parsers.html import HtmlParser

    try:
        # The mark says that the encoding was dealt with, whatever the page states.
        return HtmlParser().parse(codecs.BOM_UTF8 + markup.encode()).text
    except FileUnreadable:
        return ""


def _furniture(lines: tuple[Line, ...], start: int, *, is_reply: bool) -> tuple[CharSpan, ...]:
    spans: list[CharSpan] = []
    for number, line in enumerate(lines):
        if _SIGNATURE.match(line.text) and len(lines) - number <= 12:
            spans.append((start + line.start, start + lines[-1].end))
            break
        if not is_reply:
            continue
        if _FORWARDED.match(line.text):
            spans.append((start + line.start, start + lines[-1].end))
            break
        before_quote = number + 1 < len(lines) and _QUOTED.match(lines[number + 1].text)
        if _QUOTED.match(line.text) or (before_quote and _INTRODUCES_QUOTE.match(line.text)):
            spans.append((start + line.start, start + line.end))
    return merged_spans(spans)


def _filename(part: Message) -> str:
    try:
        return _safe_name(part.get_filename() or "")
    except (ValueError, LookupError, AttributeError):
        return ""


def _subject(part: Message) -> str:
    inner = part.get_payload()
    first = inner[0] if isinstance(inner, list) and inner else None
    return _safe_name(_header(first, "Subject")) if isinstance(first, Message) else ""


def _safe_name(name: str) -> str:
    return _NOT_IN_NAMES.sub("_", name.encode("utf-8", "replace").decode()).strip(" .")[:150]


def _free_name(name: str, taken: set[str]) -> str:
    stem, dot, suffix = name.rpartition(".")
    free, number = name, 2
    while free in taken:
        free = f"{stem} ({number}).{suffix}" if dot and stem else f"{name} ({number})"
        number += 1
    taken.add(free)
    return free


def _content(part: Message, *, is_message: bool) -> bytes:
    if is_message:
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and inner else b""  # type: ignore[union-attr]
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""
