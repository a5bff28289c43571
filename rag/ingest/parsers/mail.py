"""Reads e-mails, whose attachments are documents too, and mailboxes; see `rag.ingest.mail`."""

from collections.abc import Iterator
from dataclasses import dataclass

from rag.ingest.parsers.base import Member
from rag.types import ParsedDocument


@dataclass(frozen=True, slots=True)
class MailParser:
    """One e-mail, and the container of what is attached to it."""

    media_type: str = "message/rfc822"
    suffixes: tuple[str, ...] = (".eml",)
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.mail import parse_mail

        return parse_mail(data, self.media_type)

    def members(self, data: bytes) -> Iterator[Member]:
        from rag.ingest.mail import attachments

        return attachments(data)


@dataclass(frozen=True, slots=True)
class MailboxContainer:
    """A file of many e-mails, as Thunderbird and takeout services write it."""

    media_type: str = "application/mbox"
    suffixes: tuple[str, ...] = (".mbox",)
    version: int = 1

    def members(self, data: bytes) -> Iterator[Member]:
        from rag.ingest.mail import messages

        return messages(data)
