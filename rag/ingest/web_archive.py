"""The markup in the bytes of a web page: out of its archive, and in the encoding that it states."""

import codecs
import email
import email.policy
import re

from rag.errors import FileUnreadable
from rag.ingest.decoding import decode

_ARCHIVE = re.compile(rb"\s*(?:From: |MIME-Version: |Date: |Subject: |Snapshot-|Content-)", re.I)
_STATED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})"""
    rb"""|^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})""",
    re.IGNORECASE,
)
_HEAD_BYTES = 4_096
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What browsers read them as: https://encoding.spec.whatwg.org/#names-and-labels
_WIDER = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}


def page_in(data: bytes) -> bytes:
    """The page itself, where the bytes are an archive of one (MHTML); else the bytes.

    Raises:
        FileUnreadable: The archive holds no page.
    """
    if not _ARCHIVE.match(data[:_HEAD_BYTES]) or b"\n" not in data:
        return data
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            payload = part.get_payload(decode=True)
            charset = part.get_content_charset()
            if isinstance(payload, bytes):
                return payload if charset is None else _as_utf8(payload, charset)
    raise FileUnreadable("It is a web archive without a page.")


def page_text(data: bytes) -> str:
    """The markup, by its byte-order mark, by the encoding that it states, or else by what fits.

    Raises:
        FileUnreadable: It is no text, or its encoding cannot be told.
    """
    if not data.startswith(_MARKS) and (stated := _STATED.search(data[:_HEAD_BYTES])):
        name = (stated.group(1) or stated.group(2)).decode("ascii")
        try:
            codec = codecs.lookup(name).name
            return data.decode(_WIDER.get(codec, codec))
        except (LookupError, UnicodeError):
            pass
    return decode(data).text


def _as_utf8(payload: bytes, charset: str) -> bytes:
    try:
        codec = codecs.lookup(charset).name
        return codecs.BOM_UTF8 + payload.decode(_WIDER.get(codec, codec)).encode()
    except (LookupError, UnicodeError):
        return payload
