import pytest

from api.slack.rendering.limits import PLAIN_CHARS, length
from api.slack.rendering.messages import answer_messages, plain_message
from tests.answers import QUOTE, make_answer
from tests.api.slack.awkward import awkward_texts
from tests.api.slack.rendered import PUBLIC_URL, answer_with
from tests.slack.mrkdwn import read_mrkdwn


def texts_of(text: str, **changes: object) -> list[str]:
    """An answer as messages without blocks."""
    answer = make_answer(**{"text": text, "sentences": (), **changes})
    messages = answer_messages(answer, public_url=None)
    return [each.text for message in messages for each in message.plain()]


def test_without_blocks_an_answer_has_its_text_sources_and_quotes() -> None:
    message = answer_messages(make_answer(), public_url=PUBLIC_URL)[0]
    (plain,) = message.plain()
    assert plain.blocks == ()
    address = f"{PUBLIC_URL}/documents/doc_1?start=23&amp;end=58"
    assert plain.text.splitlines() == [
        f"{QUOTE} <{address}|[1]>",
        f"<{address}|[1] Trade> — hr/trade.md, line 3",
        f"> {QUOTE}",
    ]


def test_a_long_answer_without_blocks_is_whole_in_texts_that_slack_takes() -> None:
    words = " ".join(f"word{number} & <{number}>." for number in range(2_000))
    found = texts_of(words)
    assert all(0 < length(text) <= PLAIN_CHARS for text in found)
    joined = " ".join(found)
    assert all(f"word{number} &amp; &lt;{number}&gt;." in joined for number in range(2_000))


def test_lists_and_code_of_a_model_s_answer_are_kept() -> None:
    (text,) = texts_of("1. First\n2. Second\n\n- Item\n\n```\nx < 1\n```", method="llm")
    for line in ("1. First", "2. Second", "• Item", "x &lt; 1"):
        assert line in text.splitlines()


@pytest.mark.parametrize("awkward", awkward_texts().values(), ids=awkward_texts())
def test_no_text_mentions_anybody_or_is_too_long(awkward: str) -> None:
    for model in (False, True):
        for message in answer_messages(answer_with(awkward, model=model), public_url=PUBLIC_URL):
            for each in message.plain():
                assert 0 < length(each.text) <= PLAIN_CHARS
                for read in read_mrkdwn(each.text, verbatim=True):
                    assert read.kind == "link" and read.target.startswith(PUBLIC_URL), read


def test_a_sentence_of_our_own_stays_what_it_is() -> None:
    assert plain_message("Ask <!here> again.").plain()[0].text == "Ask &lt;!here&gt; again."
