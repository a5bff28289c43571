from api.slack.bot import SlackBot
from tests.api.client import QUESTION, QUOTE, UNANSWERABLE
from tests.api.slack.botting import answers, await_answer
from tests.slack.world import World


def test_a_mention_is_answered_in_its_thread_with_the_quote(world: World, bot: SlackBot):
    ts = world.say("C1", "U2", QUESTION)
    said = await_answer(world, "C1", ts)
    assert said.thread_ts == ts
    assert QUOTE in said.shown
    assert world.refused == []


def test_what_the_documents_do_not_say_is_not_found(world: World, bot: SlackBot):
    ts = world.say("C1", "U2", UNANSWERABLE)
    said = await_answer(world, "C1", ts)
    assert "Not found" in said.shown
    assert world.refused == []


def test_a_direct_message_is_answered(world: World, bot: SlackBot):
    ts = world.say("D2", "U2", QUESTION)
    assert QUOTE in await_answer(world, "D2", ts).shown


def test_a_mention_that_comes_as_two_events_is_answered_once(world: World, bot: SlackBot):
    ts = world.say("C1", "U2", QUESTION, times=3)
    await_answer(world, "C1", ts)
    for event_id in world.event_ids():
        world.redeliver(event_id, times=2)
    second = world.say("C1", "U2", "How many tunnels are there?")
    await_answer(world, "C1", second)
    assert len(answers(world, "C1", ts)) == 1
