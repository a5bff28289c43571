from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from api.slack.rendering import actions
from api.slack.rendering.answers import has_notes
from api.slack.rendering.controls import Controls
from api.slack.rendering.limits import STREAM_CHARS
from api.slack.rendering.messages import (
    THINKING,
    Asked,
    SlackMessage,
    answer_messages,
    failure_message,
    plain_message,
    progress_message,
)
from rag.types import AnswerSentence
from tests.answers import NOT_FOUND, QUOTE, make_answer, make_citation, make_document, make_refusal
from tests.api.slack.rendered import PUBLIC_URL, leaves, words
from tests.slack.blocks import MOST_MESSAGE_CHARS, refused, total
from tests.slack.reading import find_action, shown

LINK = f"{PUBLIC_URL}/documents/doc_1?start=23&end=58"


def one(messages: Sequence[SlackMessage]) -> SlackMessage:
    (message,) = messages
    return message


def links(message: SlackMessage) -> dict[str, str]:
    return {leaf["text"]: leaf["url"] for leaf in leaves(message.blocks) if leaf["type"] == "link"}


def test_an_answer_is_its_text_then_each_source_with_its_quote() -> None:
    message = one(answer_messages(make_answer(), public_url=None))
    assert shown(message.blocks).splitlines()[:4] == [
        f"{QUOTE} [1]",
        "",
        "[1] Trade — hr/trade.md, line 3",
        QUOTE,
    ]
    assert links(message) == {}
    assert message.text == f"{QUOTE} [1]"


def test_the_words_that_answer_are_bold_in_the_quote() -> None:
    message = one(answer_messages(make_answer(), public_url=None))
    bold = [leaf["text"] for leaf in leaves(message.blocks) if leaf.get("style") == {"bold": True}]
    assert bold == ["35 percent", "[1] Trade", "35 percent"]


def test_the_short_answer_stands_first_in_bold() -> None:
    message = one(answer_messages(make_answer(short_answer="35 percent"), public_url=None))
    first, *_ = leaves(message.blocks)
    assert first == {"type": "text", "text": "35 percent", "style": {"bold": True}}
    assert shown(message.blocks).splitlines()[:2] == ["35 percent", f"{QUOTE} [1]"]
    assert message.text == f"35 percent — {QUOTE} [1]"


def test_an_answer_that_is_written_leads_with_it_too() -> None:
    message = progress_message("Trade grew", markdown=True, short_answer="35 <!channel>")
    assert shown(message.blocks).splitlines()[:2] == ["35 <!channel>", "Trade grew"]


def test_markers_and_titles_lead_to_the_page_that_highlights_the_quote() -> None:
    message = one(answer_messages(make_answer(), public_url=f"{PUBLIC_URL}/"))
    assert links(message) == {"[1]": LINK, "[1] Trade": LINK}


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"place": "slide 4"}, "[1] Trade — hr/trade.md, slide 4"),
        ({"first_page": 3, "last_page": 4}, "[1] Trade — hr/trade.md, pages 3–4"),
        ({"first_line": 3, "last_line": 5}, "[1] Trade — hr/trade.md, lines 3–5"),
        (
            {"stale": True},
            "[1] Trade — hr/trade.md, line 3 (the file has changed since it was indexed)",
        ),
        (
            {"document": replace(make_document(), date="2025-03-01")},
            "[1] Trade — hr/trade.md, line 3 · 2025-03-01",
        ),
        (
            {"document": replace(make_document(), title="hr/trade.md")},
            "[1] hr/trade.md, line 3",
        ),
    ],
)
def test_a_source_says_where_its_quote_stands(changes: dict[str, Any], said: str) -> None:
    citation = make_citation(**{"document": make_document(), **changes})
    message = one(answer_messages(make_answer(citations=(citation,)), public_url=None))
    assert said in shown(message.blocks).splitlines()


def test_not_found_shows_the_nearest_passages_as_such() -> None:
    message = one(answer_messages(make_refusal(), public_url=PUBLIC_URL))
    assert shown(message.blocks).splitlines()[:5] == [
        NOT_FOUND,
        "",
        "The nearest passages, which do not answer the question:",
        "Trade — hr/trade.md, lines 1–3",
        "Trade The trade grew. It grew by 35 percent in two years. More will come.",
    ]
    assert links(message) == {"Trade": f"{PUBLIC_URL}/documents/doc_1?start=0&end=75"}


def test_a_partial_answer_and_a_notice_are_said() -> None:
    answer = make_answer(status="partial", notice="The language model could not be reached.")
    lines = shown(one(answer_messages(answer, public_url=None)).blocks).splitlines()
    assert "Only a part of the question is answered by these documents." in lines
    assert "The language model could not be reached." in lines


def test_a_sentence_that_is_not_supported_is_shown_as_such() -> None:
    text = "Trade grew. [1] It will double. [1] Prices fell. **All of them.**"
    spans = [(0, 11, "supported"), (16, 31, "unsupported"), (36, 48, "weak")]
    sentences = tuple(AnswerSentence(s, e, support, (1,)) for s, e, support in spans)  # type: ignore[arg-type]
    answer = make_answer(text=text, method="llm", sentences=sentences)
    assert shown(one(answer_messages(answer, public_url=None)).blocks).splitlines()[0] == (
        "Trade grew. [1] It will double. [1] ⚠ (not supported by the sources) "
        "Prices fell. ⚠ (only partly supported by the sources) All of them."
    )


def test_a_stream_of_an_answer_with_such_sentences_lacks_their_notes() -> None:
    flagged = (AnswerSentence(0, len(QUOTE), "weak", (1,)),)
    assert has_notes(make_answer(sentences=flagged))
    assert not has_notes(make_answer())


def test_what_is_asked_for_can_be_pressed() -> None:
    citations = [make_citation(make_document(), number=number) for number in (1, 2)]
    answer = make_answer(citations=tuple(citations))
    controls = Controls(feedback="native", retry="key", share=True)
    blocks = one(answer_messages(answer, public_url=None, controls=controls)).blocks
    for action_id, value in (
        ("quoth_passage:1", "ans_1 1"),
        ("quoth_passage:2", "ans_1 2"),
        (actions.RETRY, "key"),
        (actions.SHARE, "ans_1"),
    ):
        element = find_action(blocks, action_id)
        assert element is not None and element["value"] == value
    rated = find_action(blocks, actions.FEEDBACK)
    assert rated is not None
    assert actions.pressed(actions.FEEDBACK, rated["positive_button"]["value"]).rating == "up"
    assert actions.pressed(actions.FEEDBACK, rated["negative_button"]["value"]).rating == "down"


def test_a_workspace_without_native_feedback_gets_plain_buttons() -> None:
    blocks = one(answer_messages(make_answer(), public_url=None)).blocks
    assert find_action(blocks, actions.HELPFUL) and find_action(blocks, actions.NOT_HELPFUL)
    assert find_action(blocks, actions.RETRY) is None
    assert find_action(blocks, actions.SHARE) is None


def test_nothing_can_be_pressed_where_nothing_is_asked_for() -> None:
    none = Controls(feedback="none", passages=False)
    blocks = one(answer_messages(make_answer(), public_url=None, controls=none)).blocks
    assert {block["type"] for block in blocks} == {"rich_text", "divider"}


def test_a_long_answer_goes_on_in_further_messages_with_the_buttons_under_the_last() -> None:
    sentence = "A long sentence about the trade of the year. "
    answer = make_answer(text=sentence * 800)
    messages = answer_messages(answer, public_url=PUBLIC_URL)
    assert len(messages) == 4
    assert words([b for m in messages for b in m.blocks]).startswith(sentence * 800)
    assert all(refused(list(message.blocks)) is None for message in messages)
    pressed = [find_action(message.blocks, actions.HELPFUL) for message in messages]
    assert [button is not None for button in pressed] == [False, False, False, True]
    assert len({message.text for message in messages}) == 4


def test_forty_sources_are_all_there() -> None:
    citations = [make_citation(make_document(), number=number) for number in range(1, 41)]
    messages = answer_messages(make_answer(citations=tuple(citations)), public_url=PUBLIC_URL)
    blocks = [block for message in messages for block in message.blocks]
    assert all(f"[{number}] Trade" in words(blocks) for number in range(1, 41))
    assert all(refused(list(message.blocks)) is None for message in messages)


def test_a_code_block_that_fits_a_message_is_never_cut() -> None:
    code = "value = compute(1, 2, 3)\n" * 100
    text = "An introduction to the matter. " * 60 + f"\n\n```\n{code}```\n"
    (message,) = answer_messages(make_answer(text=text, method="llm"), public_url=None)
    parts = [part for block in message.blocks for part in block.get("elements", ())]
    whole = [part for part in parts if part["type"] == "rich_text_preformatted"]
    assert [words([{"type": "rich_text", "elements": [part]}]) for part in whole] == [code[:-1]]


def test_who_asked_and_who_shared_are_named_on_purpose() -> None:
    asked = Asked("By how much\ndid <!here> grow?", "U1")
    message = one(answer_messages(make_answer(), public_url=None, asked=asked, shared_by="U2"))
    users = [leaf["user_id"] for leaf in leaves(message.blocks) if leaf["type"] == "user"]
    assert users == ["U2", "U1"]
    assert "By how much did <!here> grow?" in shown(message.blocks)


def test_an_id_that_is_none_names_nobody() -> None:
    asked = Asked("What?", "here> <!channel")
    message = one(answer_messages(make_answer(), public_url=None, asked=asked, shared_by="x"))
    assert [leaf for leaf in leaves(message.blocks) if leaf["type"] == "user"] == []


def test_below_a_streamed_answer_stands_what_the_stream_has_not_said() -> None:
    message = one(answer_messages(make_answer(), public_url=None, streamed=True))
    assert shown(message.blocks).splitlines()[0] == "[1] Trade — hr/trade.md, line 3"


def test_progress_shows_what_there_is_and_that_it_goes_on() -> None:
    assert shown(progress_message("").blocks) == THINKING
    message = progress_message("**Trade** grew", markdown=True)
    assert shown(message.blocks) == "Trade grew\nWriting …"
    long = progress_message("word " * 20_000)
    assert refused(list(long.blocks)) is None
    assert shown(long.blocks).endswith("Writing …")


def test_a_failure_says_its_sentence_and_the_id() -> None:
    message = failure_message("The documents cannot be read.", "req_7", retry="key")
    assert "The documents cannot be read. (request id: req_7)" in shown(message.blocks)
    assert find_action(message.blocks, actions.RETRY)


def test_a_plain_message_has_no_buttons() -> None:
    message = plain_message("You asked too often.")
    assert message == SlackMessage("You asked too often.", message.blocks)
    assert shown(message.blocks) == "You asked too often."


def test_a_notification_is_short_and_escaped() -> None:
    message = plain_message("<!here> & " + "word " * 100)
    assert message.text.startswith("&lt;!here&gt; &amp; word")
    assert len(message.text) < 200


def test_nothing_is_unfurled() -> None:
    arguments = plain_message("See https://example.org").arguments()
    assert arguments["unfurl_links"] is arguments["unfurl_media"] is False


def test_no_message_has_more_blocks_than_slack_takes() -> None:
    citations = [make_citation(make_document(), number=number) for number in range(1, 61)]
    none = Controls(feedback="none", passages=False)
    answer = make_answer(citations=tuple(citations))
    messages = answer_messages(answer, public_url=None, controls=none)
    assert len(messages) == 2
    assert all(len(message.blocks) <= 50 for message in messages)


def test_a_full_stream_and_what_stands_below_it_fit_one_message() -> None:
    document = make_document()
    citations = [
        make_citation(document, number=at, cited_text="A sentence. " * 90, highlights=())
        for at in range(1, 9)
    ]
    answer = make_answer(citations=tuple(citations))
    first, *rest = answer_messages(answer, public_url=PUBLIC_URL, streamed=True)
    assert rest
    assert STREAM_CHARS + total(list(first.blocks)) <= MOST_MESSAGE_CHARS


def test_a_long_title_is_cut() -> None:
    document = replace(make_document(), title="A very long title of a document. " * 20)
    message = one(answer_messages(make_answer(document), public_url=None))
    title = next(line for line in shown(message.blocks).splitlines() if line.startswith("[1] "))
    assert len(title) < 200
    assert "… — hr/trade.md, line 3" in title
