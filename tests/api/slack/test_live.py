"""Answers that are shown while they grow, and what remains of them when a process dies."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from slack_sdk import WebClient

from api.slack.bot import SlackBot, web_client
from api.slack.posting import EVENT_TYPE, STREAM_BEGINS
from rag.reading.passages import PassageReader
from rag.service import Service
from rag.settings import Settings
from rag.store.slack_base import NewQuestion, SlackStore
from tests.api.client import QUESTION, QUOTE, open_hashed_service
from tests.api.slack.botting import (
    AT_ONCE,
    answers,
    await_answer,
    bot_in,
    eventually,
    is_final,
    slack_settings,
    tuned,
)
from tests.reading.scripted import reader_of
from tests.slack.server import SlackStandIn
from tests.slack.state import BOT_USER, TEAM
from tests.slack.world import World


@pytest.fixture(scope="module")
def bot(slack: SlackStandIn, service: Service, settings: Settings) -> Iterator[SlackBot]:
    with bot_in(slack, service, settings, tuned(pace=AT_ONCE, lease_s=2.0)) as bot:
        yield bot


@pytest.fixture(autouse=True)
def as_at_first(world: World, bot: SlackBot) -> None:
    world.failures.clear()
    world.unknown_methods.clear()
    bot.abilities.streams = True


def asked(world: World, bot: SlackBot, channel: str = "C1") -> str:
    """Asks, and holds that one whole answer stands there."""
    ts = world.say(channel, "U2", QUESTION)
    said = await_answer(world, channel, ts, timeout_s=20)
    assert eventually(lambda: bot.questions.store.open_questions() == 0, 20)
    assert len(answers(world, channel, ts)) == 1
    assert said.shown.count(QUOTE) == 2  # in the answer, and in its source
    assert not said.streaming
    return ts


def methods(world: World) -> list[str]:
    return [call.method for call in world.calls]


def test_an_answer_grows_in_a_stream(world: World, bot: SlackBot):
    ts = asked(world, bot)
    (said,) = answers(world, "C1", ts)
    assert said.streamed
    assert len(said.versions) > 1
    assert "Try again" in said.shown


def test_an_answer_grows_by_edits_where_there_are_no_streams(world: World, bot: SlackBot):
    world.without_streaming()
    ts = asked(world, bot)
    (said,) = answers(world, "C1", ts)
    assert not said.streamed
    assert said.edited
    assert not bot.abilities.streams
    calls = methods(world).count("chat.startStream")
    asked(world, bot)
    assert methods(world).count("chat.startStream") == calls


@pytest.mark.parametrize(
    ("method", "how"),
    [
        ("chat.startStream", "500"),
        ("chat.startStream", "429"),
        ("chat.startStream", "lost"),
        ("chat.startStream", "channel_type_not_supported"),
        ("chat.appendStream", "500"),
        ("chat.appendStream", "429"),
        ("chat.appendStream", "lost"),
        ("chat.appendStream", "message_not_in_streaming_state"),
        ("chat.stopStream", "500"),
        ("chat.stopStream", "lost"),
        ("chat.stopStream", "429"),
        ("chat.stopStream", "invalid_blocks"),
    ],
)
def test_a_stream_that_breaks_is_made_good(world: World, bot: SlackBot, method: str, how: str):
    world.fail(method, how, times=1, seconds=1)
    asked(world, bot)


@pytest.mark.parametrize("how", ["500", "lost", "429", "message_not_found"])
def test_an_edit_that_fails_is_made_good(world: World, bot: SlackBot, how: str):
    world.without_streaming()
    world.fail("chat.update", how, times=1, seconds=1)
    ts = world.say("C1", "U2", QUESTION)
    assert world.wait_for(lambda: any(is_final(each) for each in answers(world, "C1", ts)), 20)


def test_messages_that_a_dead_process_left_half_done_are_finished(tmp_path: Path):
    with SlackStandIn() as slack:
        world, settings = slack.world, slack_settings(tmp_path / "data", slack)
        with open_hashed_service(settings) as service:
            client = web_client(settings)
            threads = []
            for streams, noted in product((True, False), repeat=2):
                ts = world.say("C2", "U2", QUESTION, deliver=False)
                text = f"<@{BOT_USER}> {QUESTION}"
                left = NewQuestion(f"Ev{ts}", TEAM, "C2", ts, ts, "U2", "mention", text)
                leave_behind(client, service.slack, left, noted=noted, streams=streams)
                threads.append(ts)
            half_done = [answers(world, "C2", ts)[0] for ts in threads]
            with bot_in(slack, service, settings, tuned(pace=AT_ONCE)):
                for ts, half in zip(threads, half_done, strict=True):
                    said = await_answer(world, "C2", ts)
                    assert said is half
                    assert said.shown.count(QUOTE) == 2
                    assert not said.streaming
                    assert len(answers(world, "C2", ts)) == 1


@pytest.mark.parametrize("streams", [True, False])
def test_an_answer_that_grows_begins_with_the_short_answer(tmp_path: Path, streams: bool):
    reader = PassageReader(reader_of({"parental leave": "sixteen weeks"}))
    with SlackStandIn() as slack:
        world, settings = slack.world, slack_settings(tmp_path / "data", slack)
        with (
            open_hashed_service(settings, reader=reader) as service,
            bot_in(slack, service, settings, tuned(pace=AT_ONCE)) as bot,
        ):
            bot.abilities.streams = streams
            said = await_answer(world, "C1", asked(world, bot))
            first = "**sixteen weeks**\n\nParental" if streams else "sixteen weeks\nParental"
            assert said.shown.startswith(first)


def leave_behind(
    client: WebClient, store: SlackStore, left: NewQuestion, *, noted: bool, streams: bool
) -> None:
    """What a process leaves that dies while it shows an answer."""
    owner = "dead"
    place = {"channel": left.channel, "thread_ts": left.thread}
    if streams:
        who = {"recipient_user_id": left.user, "recipient_team_id": TEAM}
        begun = client.chat_startStream(**place, **who, markdown_text="Parental")
    else:
        payload = {"event_id": left.event_id, "part": 0, "of": 1, "final": False}
        metadata = {"event_type": EVENT_TYPE, "event_payload": payload}
        begun = client.chat_postMessage(**place, text="Parental …", metadata=metadata)
    store.add(left)
    assert store.take(owner, 1)
    if streams:
        store.note(left.event_id, owner, posted_ts=STREAM_BEGINS)
    if noted:
        store.note(left.event_id, owner, posted_ts=str(begun["ts"]))
