from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.slack.rendering.limits import STREAM_CHARS, length
from api.slack.rendering.streaming import StreamText
from tests.slack.mrkdwn import read_markdown

SIGNS = "ab <>!@#&;|[]()`*_~\\\n1.:-hereU"


def streamed(deltas: Sequence[str], *, markdown: bool) -> str:
    stream = StreamText(markdown=markdown)
    return "".join([*(stream.add(delta) for delta in deltas), stream.end()])


@pytest.mark.parametrize("markdown", [True, False])
@given(deltas=st.lists(st.text(st.sampled_from(SIGNS), max_size=12), max_size=12))
def test_deltas_make_no_mention_and_no_link(deltas: list[str], markdown: bool) -> None:
    assert list(read_markdown(streamed(deltas, markdown=markdown))) == []


@pytest.mark.parametrize("markdown", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "<!channel> <@U1> <!subteam^S1|x> @here @channel @EVERYONE",
        "[words](https://example.org/a_(b)) ![p](https://example.org)",
        "[1](https://example.org)",
        "[1]: https://example.org\n\n[1]",
        "<https://example.org>",
        "`[words](https://example.org)",
        "``[words]: https://example.org\n\n[words]",
    ],
)
def test_a_text_is_as_harmless_sign_by_sign_as_at_once(text: str, markdown: bool) -> None:
    for deltas in ([text], list(text)):
        assert list(read_markdown(streamed(deltas, markdown=markdown))) == []


@given(st.text(st.sampled_from(SIGNS), min_size=1, max_size=20))
def test_a_short_answer_makes_no_mention_and_no_link(words: str) -> None:
    stream = StreamText(markdown=True)
    assert list(read_markdown(stream.lead(words) + stream.add("[1](https://example.org)"))) == []


def test_a_short_answer_leads_in_bold() -> None:
    stream = StreamText(markdown=False)
    assert stream.lead("35 * 2 [1]") + stream.add("# It grew") == (
        "**35 \\* 2 \\[1\\]**\n\n\\# It grew"
    )


def test_a_models_markdown_stays_markdown() -> None:
    text = "# Leave\n\n- **30 days** [1][2]\n> said\n\n```py\nx[0] = '[a](b)'\n```\n"
    assert streamed(list(text), markdown=True) == text


def test_document_text_is_shown_sign_for_sign() -> None:
    said = streamed(["# 2*3*4 = `24` snake_case _x_ [1]"], markdown=False)
    assert said == r"\# 2\*3\*4 = \`24\` snake_case \_x\_ \[1\]"


def test_a_line_of_document_text_does_not_begin_a_list() -> None:
    assert streamed(["1. one\n", "- two\n", "3.5 percent"], markdown=False) == (
        "1\\. one\n\\- two\n3.5 percent"
    )


def test_a_stream_takes_in_only_what_fits_a_message() -> None:
    stream = StreamText(markdown=False)
    shown = [stream.add("word " * 100) for _ in range(100)]
    assert stream.full
    assert STREAM_CHARS - 600 < length("".join(shown)) <= STREAM_CHARS
    assert stream.add("more") == ""


def test_a_stream_that_fits_is_not_full() -> None:
    stream = StreamText(markdown=True)
    assert stream.add("One [") == "One "
    assert stream.add("1]") == ""
    assert stream.end() == "[1]"
    assert not stream.full
