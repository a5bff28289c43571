import pytest

from rag.errors import FileUnreadable
from rag.ingest.parsers.mail import MailboxContainer, MailParser
from tests.rag.ingest.parsers.fixtures import FORMATS, content, parsed

REPLY = (FORMATS / "reply.eml").read_bytes()


def test_a_mail_says_who_wrote_what_and_when() -> None:
    mail = parsed("reply.eml")
    assert (mail.title, mail.date) == ("Re: Größe of the hall", "2024-03-05")
    assert mail.metadata == {"author": "Anna Keller"}
    assert mail.text.startswith("From: Anna Keller <anna@example.org>\nTo: Ben Okoro")
    assert "The café holds forty." in mail.text


def test_what_a_reply_quotes_and_its_signature_are_no_content() -> None:
    said = content(parsed("reply.eml"))
    assert "How many people" not in said
    assert "wrote:" not in said
    assert "Facilities" not in said
    assert "the hall holds 240 people" in said


def test_a_quotation_in_a_mail_that_answers_none_is_content() -> None:
    mail = MailParser().parse(b"Subject: A poem\n\n> The tide is out.\n")
    assert "The tide is out." in content(mail)


def test_attachments_are_files_and_pictures_of_the_body_are_none() -> None:
    members = list(MailParser().members(REPLY))
    assert [member.path for member in members] == ["rooms.md", "Keys.eml"]
    assert b"closes at eight" in members[0].data
    inner = MailParser().parse(members[1].data)
    assert (inner.title, inner.date) == ("Keys", "2024-03-04")


def test_attachments_of_one_name_are_told_apart() -> None:
    part = (
        b"--b\nContent-Type: text/plain\nContent-Disposition: attachment; "
        b'filename="../a.txt"\n\nx\n'
    )
    mail = b'Subject: s\nContent-Type: multipart/mixed; boundary="b"\n\n' + part * 2 + b"--b--\n"
    assert [each.path for each in MailParser().members(mail)] == ["_a.txt", "_a (2).txt"]


def test_a_mail_of_markup_alone_is_read_as_text() -> None:
    mail = MailParser().parse(
        b"Subject: News\nContent-Type: text/html\n\n<html><body><p>The bridge is <b>closed</b> "
        b"until the end of May.</p><script>track()</script></body></html>"
    )
    assert "The bridge is closed until the end of May." in " ".join(mail.text.split())
    assert "track" not in mail.text


def test_a_mailbox_holds_its_mails() -> None:
    members = list(MailboxContainer().members((FORMATS / "letters.mbox").read_bytes()))
    assert [each.path for each in members] == ["00001.eml", "00002.eml"]
    first, second = (MailParser().parse(each.data) for each in members)
    assert (first.title, second.title) == ("One", "Two")
    assert "From here on it is quoted." in first.text


@pytest.mark.parametrize("data", [b"", b"no mail at all", b"\x00\x01\x02"])
def test_what_is_no_mail_is_refused(data: bytes) -> None:
    with pytest.raises(FileUnreadable):
        MailParser().parse(data)
    with pytest.raises(FileUnreadable):
        list(MailboxContainer().members(data))


@pytest.mark.parametrize(
    "header",
    [
        b"From: =?utf-8?b?////?= <a",
        b"Date: not a day",
        b"To: " + b"<" * 500,
        b"Content-Type: text/plain; charset=nonsense",
        b'Content-Type: text/plain; charset="utf\x00"',
        b"Content-Type: multipart/mixed",
        b"Content-Transfer-Encoding: base64",
        b"Subject: =?x?q?=ZZ?= \xff",
    ],
)
def test_malformed_headers_cost_nothing_else(header: bytes) -> None:
    mail = MailParser().parse(header + b"\nSubject: S\n\nThe words are there.\n")
    mail.text.encode()
    assert list(MailParser().members(header + b"\nSubject: S\n\nThe words are there.\n")) == []
