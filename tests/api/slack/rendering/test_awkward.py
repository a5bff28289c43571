"""Every awkward text, in every place of every message, through Slack's own client to the stand-in:
none is refused, nobody is mentioned, and nothing links anywhere but to the sources.
"""

from collections.abc import Iterator, Sequence

import pytest
from slack_sdk import WebClient

from api.passages import segments
from api.slack.rendering.escaping import clean
from api.slack.rendering.messages import (
    Asked,
    Controls,
    SlackMessage,
    answer_messages,
    failure_message,
    progress_message,
)
from api.slack.rendering.modals import notice_modal, passage_modal
from api.slack.rendering.streaming import StreamText
from tests.api.slack.awkward import awkward_texts
from tests.api.slack.rendered import PUBLIC_URL, answer_with, words
from tests.slack.blocks import refused
from tests.slack.server import SlackStandIn
from tests.slack.state import BOT_TOKEN, TEAM, Message

TEXTS = awkward_texts()
EVERYTHING = Controls(feedback="native", retry="ans_1", share=True)


@pytest.fixture(scope="module")
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as running:
        yield running


@pytest.fixture
def client(slack: SlackStandIn) -> WebClient:
    return WebClient(token=BOT_TOKEN, base_url=slack.api_url)


def posted(
    slack: SlackStandIn, client: WebClient, messages: Sequence[SlackMessage]
) -> list[Message]:
    """The messages as they then stand there."""
    stamps = [client.chat_postMessage(channel="C1", **m.arguments())["ts"] for m in messages]
    return [slack.world.by_ts["C1", ts] for ts in stamps]


def check(messages: Sequence[Message]) -> None:
    """Only our own sources are links, and nobody is mentioned."""
    for message in messages:
        for read in message.reads:
            assert read.kind == "link" and read.target.startswith(PUBLIC_URL), read


def test_there_are_200_texts() -> None:
    assert len(TEXTS) == 200


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_an_answer_that_quotes_it_is_taken_and_shows_all_of_it(
    slack: SlackStandIn, client: WebClient, text: str
) -> None:
    messages = answer_messages(
        answer_with(text), public_url=PUBLIC_URL, controls=EVERYTHING, asked=Asked(text)
    )
    shown = posted(slack, client, messages)
    assert clean(f"{text} [1]") in words([block for message in shown for block in message.blocks])
    check(shown)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_models_answer_a_refusal_and_a_failure_with_it_are_taken(
    slack: SlackStandIn, client: WebClient, text: str
) -> None:
    missing = answer_with(text, status="not_found", citations=())
    messages = [
        *answer_messages(answer_with(text, model=True), public_url=PUBLIC_URL),
        *answer_messages(missing, public_url=PUBLIC_URL)[:1],
        failure_message(text, "req_1", retry="ans_1"),
    ]
    check(posted(slack, client, messages))
    for message in (progress_message(text, markdown=True), progress_message(text)):
        assert refused(list(message.blocks)) is None
        check([Message("C1", "1.0", "U0BOT", message.text, list(message.blocks))])


@pytest.mark.parametrize(
    "text, model", [(text, at % 2 == 0) for at, text in enumerate(TEXTS.values())], ids=TEXTS
)
def test_a_stream_of_it_is_taken(
    slack: SlackStandIn, client: WebClient, text: str, model: bool
) -> None:
    stream = StreamText(markdown=model)
    half = len(text) // 2
    added = [stream.add(text[:half]), stream.add(text[half:]), stream.end()]
    root = slack.world.say("C1", "U1", "Question?", deliver=False)
    begun = client.chat_startStream(
        channel="C1", thread_ts=root, recipient_user_id="U1", recipient_team_id=TEAM
    )
    ts = str(begun["ts"])
    for piece in filter(None, added):
        client.chat_appendStream(channel="C1", ts=ts, markdown_text=piece)
    answer = answer_with(text, model=model)
    first, *rest = answer_messages(
        answer, public_url=PUBLIC_URL, controls=EVERYTHING, streamed=not stream.full
    )
    if stream.full:
        client.chat_stopStream(channel="C1", ts=ts)
        client.chat_update(channel="C1", ts=ts, **first.arguments())
    else:
        client.chat_stopStream(channel="C1", ts=ts, blocks=list(first.blocks))
    check([slack.world.by_ts["C1", ts], *posted(slack, client, rest)])


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_modals_with_it_are_taken(slack: SlackStandIn, client: WebClient, text: str) -> None:
    (citation,) = answer_with(text).citations
    passage = segments(text, (len(text) // 4, len(text) // 2))
    view = passage_modal(citation, passage, public_url=PUBLIC_URL)
    client.views_open(trigger_id=slack.world.trigger(), view=view)
    notice = notice_modal(text, text)
    assert refused(notice["blocks"], "modal") is None
    for shown in (view, notice):
        check([Message("C1", "1.0", "U0BOT", blocks=shown["blocks"])])
