import pytest

from tests.slack.mrkdwn import Read, read_markdown, read_mrkdwn, shown_mrkdwn


@pytest.mark.parametrize(
    "text, read",
    [
        ("<!here>", Read("broadcast", "here")),
        ("<!channel|x>", Read("broadcast", "channel")),
        ("a <@U1> b", Read("user", "U1")),
        ("<#C1|general>", Read("channel", "C1")),
        ("<!subteam^S1|x>", Read("usergroup", "S1")),
        ("<https://example.org|x>", Read("link", "https://example.org")),
        ("`<!here>`", Read("broadcast", "here")),
    ],
)
def test_marks_are_read(text: str, read: Read) -> None:
    assert list(read_mrkdwn(text, verbatim=True)) == [read]
    assert shown_mrkdwn(text) != text


@pytest.mark.parametrize("text", ["&lt;!here&gt;", "&amp;lt;!here&gt;", "< !here >", "a < b > c"])
def test_what_is_escaped_or_no_mark_is_text(text: str) -> None:
    assert list(read_mrkdwn(text, verbatim=True)) == []


@pytest.mark.parametrize(
    "text, kind",
    [("@here", "broadcast"), ("see #general", "channel"), ("see https://example.org", "link")],
)
def test_names_and_addresses_count_unless_the_text_is_verbatim(text: str, kind: str) -> None:
    assert [read.kind for read in read_mrkdwn(text, verbatim=False)] == [kind]
    assert list(read_mrkdwn(text, verbatim=True)) == []


@pytest.mark.parametrize(
    "text", ["[x](https://example.org)", "![x](https://example.org)", "<https://example.org>"]
)
def test_links_of_markdown_are_read(text: str) -> None:
    assert list(read_markdown(text)) == [Read("link", "https://example.org")]


def test_markdown_reads_slacks_own_marks_too() -> None:
    assert list(read_markdown("**a** <!here>")) == [Read("broadcast", "here")]


def test_a_link_is_shown_by_its_label_and_entities_as_their_signs() -> None:
    assert shown_mrkdwn("<https://example.org|a &amp; b> &lt;c&gt;") == "a & b <c>"
