"""Slack fails in every way that it may: each question gets one answer all the same."""

import pytest

from api.slack.bot import SlackBot
from rag.errors import SlackBusy
from tests.api.client import QUESTION, QUOTE
from tests.api.slack.botting import answers, await_answer, eventually
from tests.slack.server import SlackStandIn
from tests.slack.world import World

LONG_QUESTION = "How many tunnels does the railway cross the mountains through?"


@pytest.fixture(autouse=True)
def nothing_else_fails(world: World) -> None:
    world.failures.clear()


def asked_once(world: World, bot: SlackBot, channel: str = "C1") -> None:
    """Asks, and holds that one answer comes."""
    ts = world.say(channel, "U2", QUESTION)
    assert QUOTE in await_answer(world, channel, ts, timeout_s=20).shown
    assert eventually(lambda: bot.questions.store.open_questions() == 0)
    assert len(answers(world, channel, ts)) == 1


@pytest.mark.parametrize("how", ["429", "500", "close", "lost", "internal_error", "ratelimited"])
def test_a_message_that_fails_is_posted_once_in_the_end(world: World, bot: SlackBot, how: str):
    world.fail("chat.postMessage", how, times=1, seconds=1)
    asked_once(world, bot)


@pytest.mark.parametrize("how", ["500", "lost"])
def test_a_message_that_fails_again_and_again_is_posted_once(world: World, bot: SlackBot, how: str):
    world.fail("chat.postMessage", how, times=6)
    asked_once(world, bot)


def test_looking_for_what_stands_there_may_fail_too(world: World, bot: SlackBot):
    world.fail("chat.postMessage", "lost", times=1)
    world.fail("conversations.replies", "500", times=2)
    asked_once(world, bot)


def test_nothing_else_that_fails_keeps_an_answer_back(world: World, bot: SlackBot):
    for method in ("assistant.threads.setStatus", "reactions.add", "reactions.remove"):
        world.fail(method, "500", times=1)
    asked_once(world, bot)


def test_blocks_that_slack_cannot_show_leave_the_whole_answer_as_text(world: World, bot: SlackBot):
    bot.abilities.native_feedback = True
    world.fail("chat.postMessage", "invalid_blocks", times=2)
    ts = world.say("C1", "U2", LONG_QUESTION)
    said = await_answer(world, "C1", ts)
    assert said.blocks == []
    assert "ninety tunnels" in said.text
    assert "\n> The railway crosses" in said.text
    assert "tunnels.txt" in said.text
    assert eventually(lambda: bot.questions.store.open_questions() == 0)
    assert len(answers(world, "C1", ts)) == 1


def test_a_whispered_answer_is_whole_where_no_blocks_can_be_shown(world: World, bot: SlackBot):
    bot.abilities.native_feedback = True
    before = len(answers(world, "C2"))
    world.command("C2", "U2", LONG_QUESTION)
    assert world.wait_for(lambda: len(answers(world, "C2")) == before + 1)
    with world.lock:
        for place in world.responses.values():
            place["left"] = 0
    world.fail("chat.postEphemeral", "invalid_blocks", times=2)
    world.click("C2", answers(world, "C2")[-1].ts, "U2", "quoth_retry")
    with world.lock:
        for place in world.responses.values():
            place["left"] = 0
    assert world.wait_for(lambda: len(answers(world, "C2")) == before + 2)
    said = answers(world, "C2")[-1]
    assert said.blocks == []
    assert "tunnels.txt" in said.text


def test_a_whispered_answer_loses_no_more_than_what_slack_cannot_show(world: World, bot: SlackBot):
    bot.abilities.native_feedback = True
    before = len(answers(world, "C2"))
    world.command("C2", "U2", QUESTION)
    assert world.wait_for(lambda: len(answers(world, "C2")) == before + 1)
    with world.lock:
        for place in world.responses.values():
            place["left"] = 0
    world.fail("chat.postEphemeral", "invalid_blocks", times=1)
    world.click("C2", answers(world, "C2")[-1].ts, "U2", "quoth_retry")
    with world.lock:
        for place in world.responses.values():
            place["left"] = 0
    assert world.wait_for(lambda: len(answers(world, "C2")) == before + 2)
    assert "Show passage" in answers(world, "C2")[-1].shown


def test_retry_after_is_waited_for(world: World, bot: SlackBot):
    world.fail("chat.postMessage", "429", times=1, seconds=1)
    first = world.say("C1", "U2", QUESTION)
    second = world.say("C1", "U3", QUESTION)
    await_answer(world, "C1", first)
    await_answer(world, "C1", second)
    assert world.impatient == []


def test_who_asked_is_told_directly_where_the_bot_may_not_write(world: World, bot: SlackBot):
    before = len(answers(world, "D3"))
    world.fail("chat.postMessage", "is_archived", times=1)
    world.say("C2", "U3", QUESTION)
    assert world.wait_for(lambda: len(answers(world, "D3")) == before + 1)
    assert "may not write" in answers(world, "D3")[-1].shown


def test_who_asked_is_told_directly_where_slack_refuses_an_answer_for_good(
    world: World, bot: SlackBot
):
    before = len(answers(world, "D3"))
    world.fail("chat.postMessage", "cannot_reply_to_message", times=4)
    world.say("C2", "U3", QUESTION)
    assert world.wait_for(lambda: len(answers(world, "D3")) == before + 1, 20)
    assert "request id" in answers(world, "D3")[-1].shown


def test_a_method_that_must_wait_waits_in_every_channel(
    world: World, bot: SlackBot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(world, "in_flight_s", 0)
    world.fail("chat.update", "429", times=1, seconds=1)
    for channel in ("C1", "C2"):
        with pytest.raises(SlackBusy):
            bot.slack.call(bot.slack.client.chat_update, channel=channel, ts="1.0", text="…")
    assert world.impatient == []


def test_a_socket_that_is_closed_is_opened_again(slack: SlackStandIn, world: World, bot: SlackBot):
    slack.close_sockets()
    ts = world.say("C1", "U2", QUESTION)
    assert QUOTE in await_answer(world, "C1", ts, timeout_s=40).shown


def test_a_socket_that_slack_wants_renewed_is_renewed(
    slack: SlackStandIn, world: World, bot: SlackBot
):
    slack.refresh_sockets()
    ts = world.say("C1", "U2", QUESTION)
    assert QUOTE in await_answer(world, "C1", ts, timeout_s=40).shown


def test_no_event_was_lost(world: World, bot: SlackBot):
    assert world.lost == []
