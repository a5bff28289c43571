"""What is a question to the bot, and what is none."""

import pytest

from api.slack.bot import SlackBot
from tests.api.client import QUESTION, QUOTE
from tests.api.slack.botting import answers, await_answer
from tests.slack.state import BOT_USER, TEAM, Message
from tests.slack.world import World


def test_a_follow_up_needs_no_mention_where_the_bot_takes_part(world: World, bot: SlackBot):
    ts = world.say("C1", "U2", QUESTION)
    await_answer(world, "C1", ts)
    world.say("C1", "U3", "And is it paid?", thread_ts=ts, mention=False)
    assert "paid in full" in await_answer(world, "C1", ts, number=2).shown


def test_a_follow_up_that_overtakes_the_first_answer_is_answered_after_it(
    world: World, bot: SlackBot
):
    ts = world.say("C1", "U2", QUESTION)
    world.wait_for(lambda: any(ack.event_id == f"EvC1{ts}" for ack in world.acks))
    world.say("C1", "U2", "How many tunnels are there?", thread_ts=ts, mention=False)
    assert QUOTE in await_answer(world, "C1", ts, number=1).shown
    assert "ninety tunnels" in await_answer(world, "C1", ts, number=2).shown


def say_nothing_and_then_ask(world: World, channel: str) -> None:
    """A question after what was ignored: when it is answered, the rest has been looked at."""
    marker = world.say(channel, "U3", "How many days of holidays are there?")
    await_answer(world, channel, marker)


def test_a_thread_among_people_is_left_to_them(world: World, bot: SlackBot):
    ts = world.say("C2", "U2", QUESTION, mention=False)
    world.say("C2", "U3", "How long is it?", thread_ts=ts, mention=False)
    say_nothing_and_then_ask(world, "C2")
    assert answers(world, "C2", ts) == []


def test_thanks_and_words_to_others_in_its_thread_are_left_alone(world: World, bot: SlackBot):
    ts = world.say("C1", "U2", QUESTION)
    await_answer(world, "C1", ts)
    for text in ("Thanks!", ":tada: ok", "<@U3> did you know that?", "Hi <@U3>, did you?", "haha"):
        world.say("C1", "U2", text, thread_ts=ts, mention=False)
    say_nothing_and_then_ask(world, "C1")
    assert len(answers(world, "C1", ts)) == 1


def test_talk_among_people_in_its_thread_is_left_alone(world: World, bot: SlackBot):
    ts = world.say("C1", "U2", QUESTION)
    await_answer(world, "C1", ts)
    for text in ("I will ask HR tomorrow.", "Makes sense, the tunnels can wait."):
        world.say("C1", "U3", text, thread_ts=ts, mention=False)
    say_nothing_and_then_ask(world, "C1")
    assert len(answers(world, "C1", ts)) == 1
    world.say("C1", "U3", "Holidays of every employee.", thread_ts=ts)
    await_answer(world, "C1", ts, number=2)
    world.say("C1", "U3", "Tell me how many tunnels there are", thread_ts=ts, mention=False)
    assert "ninety tunnels" in await_answer(world, "C1", ts, number=3).shown


def test_bots_joins_and_edits_are_ignored(world: World, bot: SlackBot):
    before = len(answers(world, "C1"))
    event = {"type": "message", "channel": "C1", "channel_type": "channel", "ts": "1.000001"}
    asked = {**event, "text": f"<@{BOT_USER}> {QUESTION}"}
    world.event({**asked, "bot_id": "B9", "user": "U9"})
    world.event({**asked, "subtype": "bot_message", "bot_id": "B9"})
    world.event({**asked, "subtype": "channel_join", "user": "U2"})
    world.event({**asked, "user": BOT_USER})
    world.event({**asked, "user": "U2", "edited": {"user": "U2", "ts": "2.0"}})
    changed = {"type": "message", "subtype": "message_changed", "channel": "C1", "ts": "2.000001"}
    world.event({**changed, "message": {**asked, "user": "U2"}})
    world.event({"type": "message", "subtype": "message_deleted", "channel": "C1", "ts": "3.0"})
    acknowledged = len(world.acks)
    say_nothing_and_then_ask(world, "C1")
    assert len(answers(world, "C1")) == before + 1
    assert world.wait_for(lambda: len(world.acks) >= acknowledged)
    assert world.lost == []


def test_events_that_the_bot_has_no_use_for_are_acknowledged(world: World, bot: SlackBot):
    for kind in ("assistant_thread_context_changed", "app_context_changed", "team_join"):
        event_id = world.event({"type": kind, "event_ts": "1.0"})
        assert world.wait_for(lambda wanted=event_id: wanted in {a.event_id for a in world.acks})


def test_a_file_with_a_question_is_answered(world: World, bot: SlackBot):
    ts = world.say("D2", "U2", QUESTION, subtype="file_share")
    assert QUOTE in await_answer(world, "D2", ts).shown


def test_a_mention_without_a_question_gets_a_greeting(world: World, bot: SlackBot):
    ts = world.say("C1", "U2", "")
    assert "Ask me a question" in await_answer(world, "C1", ts).shown


def test_a_greeting_and_thanks_to_the_bot_are_no_question(world: World, bot: SlackBot):
    for channel, text in (
        ("D2", "Hi!"),
        ("D2", "Thank you! :+1::skin-tone-2:"),
        ("C1", "hello there"),
    ):
        ts = world.say(channel, "U2", text)
        assert await_answer(world, channel, ts).shown.startswith("Ask me a question")


def test_no_message_takes_long_to_be_looked_at(world: World, bot: SlackBot):
    """Each of the signs reads in two ways, so that trying all of them would take years."""
    world.say("C2", "U2", ":ok:" * 100 + " I go", mention=False)
    ts = world.say("C1", "U2", QUESTION)
    assert QUOTE in await_answer(world, "C1", ts).shown


def test_who_writes_help_gets_it(world: World, bot: SlackBot):
    for channel in ("C1", "D2"):
        ts = world.say(channel, "U2", "Help")
        assert "/quoth config" in await_answer(world, channel, ts).shown


def test_names_stand_in_place_of_ids_in_what_is_asked(world: World, bot: SlackBot):
    ts = world.say("C1", "U2", "Does <@U3> in <#C2> get parental leave &amp; holidays?")
    said = await_answer(world, "C1", ts)
    kept = bot.questions.store.get(f"EvC1{ts}m") or bot.questions.store.get(f"EvC1{ts}")
    assert kept is not None and kept.answer_id is not None
    answer = bot.service.conversations.store.answer(kept.answer_id)
    assert answer.question == "Does @Cy in #random get parental leave & holidays?"
    assert said.thread_ts == ts


def test_what_people_said_before_the_bot_joined_is_its_context(world: World, bot: SlackBot):
    root = world.say("C2", "U2", "I wonder about parental leave.", mention=False)
    world.say("C2", "U3", "Me too.", thread_ts=root, mention=False)
    world.page_size = 1
    try:
        world.say("C2", "U2", "How long is it?", thread_ts=root)
        assert QUOTE in await_answer(world, "C2", root).shown
    finally:
        world.page_size = 1000


def test_a_thread_is_one_conversation(world: World, bot: SlackBot):
    ts = world.say("D3", "U3", QUESTION)
    await_answer(world, "D3", ts)
    world.say("D3", "U3", "How many tunnels are there?", thread_ts=ts)
    await_answer(world, "D3", ts, number=2)
    conversation = bot.questions.store.conversation_of(TEAM, "D3", ts)
    assert conversation is not None
    turns = bot.service.conversations.store.turns(conversation)
    assert [turn.text for turn in turns if turn.role == "user"] == [
        QUESTION,
        "How many tunnels are there?",
    ]
    assert bot.service.conversations.get(conversation).owner == f"slack:{TEAM}"


def test_a_command_is_answered_for_who_typed_it_alone(world: World, bot: SlackBot):
    before = len(answers(world, "C2"))
    world.command("C2", "U2", QUESTION)
    assert world.wait_for(lambda: len(answers(world, "C2")) == before + 1)
    said = answers(world, "C2")[-1]
    assert said.ephemeral_to == "U2"
    assert QUESTION in said.shown
    assert QUOTE in said.shown


def test_help_is_shown_to_who_asks_for_it(world: World, bot: SlackBot):
    for text in ("help", ""):
        before = len(answers(world, "C2"))
        world.command("C2", "U2", text)
        assert world.wait_for(lambda b=before: len(answers(world, "C2")) == b + 1)
        assert "/quoth config" in answers(world, "C2")[-1].shown
        assert answers(world, "C2")[-1].ephemeral_to == "U2"


def test_the_shortcut_asks_with_somebodys_message(world: World, bot: SlackBot):
    ts = world.say("C2", "U3", QUESTION, mention=False)
    before = len(answers(world, "C2"))
    world.shortcut("C2", "U2", ts, "quoth_ask")
    assert world.wait_for(lambda: len(answers(world, "C2")) == before + 1)
    said: Message = answers(world, "C2")[-1]
    assert said.ephemeral_to == "U2"
    assert QUOTE in said.shown


@pytest.mark.parametrize("members", [["U2"], ["U2", "U3"]], ids=["with the bot", "of two people"])
def test_direct_messages_take_commands_and_the_shortcut_too(
    world: World, bot: SlackBot, members: list[str]
):
    channel = f"DX{len(members)}"
    world.add_channel(channel, "", kind="im", members=members)
    if len(members) > 1:
        world.channels[channel].members.discard(BOT_USER)
    world.command(channel, "U2", QUESTION)
    assert world.wait_for(lambda: len(answers(world, channel)) == 1)
    world.shortcut(channel, "U2", world.say(channel, "U2", QUESTION, deliver=False), "quoth_ask")
    assert world.wait_for(lambda: len(answers(world, channel)) == 2)
    for said in answers(world, channel):
        assert said.ephemeral_to == "U2"
        assert QUOTE in said.shown
        assert "Share with the channel" not in said.shown


def test_the_assistant_pane_greets(world: World, bot: SlackBot):
    ts = world.open_pane("U3")
    assert world.wait_for(lambda: len(answers(world, "D3", ts)) == 2)
    assert "Ask me a question" in answers(world, "D3", ts)[-1].shown
    world.say("D3", "U3", QUESTION, thread_ts=ts)
    assert QUOTE in await_answer(world, "D3", ts, number=3).shown


def test_slack_refused_nothing_and_nobody_was_mentioned(world: World, bot: SlackBot):
    assert world.refused == []
    assert world.lost == []
    assert world.mentions == []
