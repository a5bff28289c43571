import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.slack.rendering.escaping import clean, escaped, one_line
from tests.slack.mrkdwn import read_mrkdwn, shown_mrkdwn


@given(st.text(st.one_of(st.characters(), st.sampled_from("<>!@#&;|hereU1"))))
def test_an_escaped_text_mentions_nobody_and_is_shown_as_it_is(text: str) -> None:
    assert list(read_mrkdwn(escaped(text), verbatim=True)) == []
    assert shown_mrkdwn(escaped(text)) == clean(text)


@pytest.mark.parametrize(
    "text, seen",
    [
        ("null \x00 and escape \x1b[0m", "null  and escape [0m"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("\u202egnorw\u202c", "gnorw"),
        ("half a \ud83d sign", "half a \ufffd sign"),
        ("👩‍👧 שלום\u200f e\u0301\t", "👩‍👧 שלום\u200f e\u0301\t"),
    ],
)
def test_what_is_not_to_be_seen_is_left_out(text: str, seen: str) -> None:
    assert clean(text) == seen


def test_one_line_has_no_line_ends() -> None:
    assert one_line(" a \n\n b\u2029c ") == "a b c"
