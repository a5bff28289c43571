"""Buttons and modals, pressed over the wire."""

from collections.abc import Callable, Iterator

import pytest

from api.slack.bot import SlackBot
from api.slack.channels import Channels, ConfigFile
from api.slack.rendering import actions
from tests.api.client import QUESTION, QUOTE
from tests.api.slack.botting import answers, await_answer, eventually
from tests.slack.state import TEAM, Message
from tests.slack.world import World


@pytest.fixture
def said(world: World, bot: SlackBot) -> Message:
    """An answer in a thread of its own."""
    ts = world.say("C1", "U2", QUESTION)
    return await_answer(world, "C1", ts)


@pytest.fixture
def whispered(world: World, bot: SlackBot) -> Message:
    """An answer that one person sees."""
    before = len(answers(world, "C2"))
    world.command("C2", "U2", QUESTION)
    assert world.wait_for(lambda: len(answers(world, "C2")) == before + 1)
    return answers(world, "C2")[-1]


def ratings(bot: SlackBot) -> list[tuple[str, str | None]]:
    return [(each.rating, each.comment) for each, _ in bot.service.feedback.list()]


def answer_of(bot: SlackBot, message: Message) -> str:
    assert message.metadata is not None
    kept = bot.questions.store.get(message.metadata["event_payload"]["event_id"])
    assert kept is not None and kept.answer_id is not None
    return kept.answer_id


def test_a_rating_lands_with_those_of_the_api(world: World, bot: SlackBot, said: Message):
    answer_id = answer_of(bot, said)
    value = actions.rating_value(answer_id, "up")
    world.click("C1", said.ts, "U3", actions.FEEDBACK, value=value)
    assert eventually(lambda: ("up", None) in ratings(bot))
    assert bot.service.feedback.list()[0][0].answer_id == answer_id


def test_not_helpful_asks_what_was_wrong_and_the_last_word_counts(
    world: World, bot: SlackBot, said: Message
):
    answer_id = answer_of(bot, said)
    views = len(world.views)
    value = actions.rating_value(answer_id, "down")
    world.click("C1", said.ts, "U3", actions.FEEDBACK, value=value)
    assert world.wait_for(lambda: len(world.views) == views + 1)
    world.submit(
        world.views[-1].id,
        "U3",
        {actions.COMMENT_BLOCK: {actions.COMMENT_INPUT: "It is outdated <!here>."}},
    )
    assert eventually(lambda: ratings(bot)[0] == ("down", "It is outdated <!here>."))
    assert bot.service.feedback.list()[0][0].answer_id == answer_id


def test_what_one_person_says_leaves_what_another_said(world: World, bot: SlackBot, said: Message):
    answer_id = answer_of(bot, said)
    views = len(world.views)
    down, up = (actions.rating_value(answer_id, each) for each in ("down", "up"))
    world.click("C1", said.ts, "U2", actions.FEEDBACK, value=down)
    assert world.wait_for(lambda: len(world.views) == views + 1)
    comment = {actions.COMMENT_BLOCK: {actions.COMMENT_INPUT: "Another year."}}
    world.submit(world.views[-1].id, "U2", comment)
    assert eventually(lambda: ("down", "Another year.") in ratings(bot))
    world.click("C1", said.ts, "U3", actions.FEEDBACK, value=up)
    assert eventually(lambda: ratings(bot)[0] == ("up", None))
    assert ratings(bot)[1] == ("down", "Another year.")
    assert [each.rater for each, _ in bot.service.feedback.list(limit=2)] == [
        f"slack:{TEAM}:U3",
        f"slack:{TEAM}:U2",
    ]


def test_a_passage_opens_in_a_modal(world: World, bot: SlackBot, said: Message):
    views = len(world.views)
    world.click("C1", said.ts, "U3", f"{actions.PASSAGE}:1")
    assert world.wait_for(lambda: len(world.views) == views + 1)
    assert QUOTE.split()[0] in str(world.views[-1].view)
    assert "paid in full" in str(world.views[-1].view)


def test_a_passage_of_an_answer_that_is_gone_says_so(world: World, bot: SlackBot, said: Message):
    bot.service.conversations.store.delete_answer(answer_of(bot, said))
    views = len(world.views)
    world.click("C1", said.ts, "U3", f"{actions.PASSAGE}:1")
    assert world.wait_for(lambda: len(world.views) == views + 1)
    assert "no longer kept" in str(world.views[-1].view)


def test_a_rating_of_an_answer_that_is_gone_says_so(world: World, bot: SlackBot, said: Message):
    answer_id = answer_of(bot, said)
    bot.service.conversations.store.delete_answer(answer_id)
    value = actions.rating_value(answer_id, "up")
    world.click("C1", said.ts, "U3", actions.FEEDBACK, value=value)
    assert world.wait_for(
        lambda: any("no longer kept" in each.shown for each in answers(world, "C1"))
    )


def test_trying_again_answers_in_the_same_thread(world: World, bot: SlackBot, said: Message):
    world.click("C1", said.ts, "U3", actions.RETRY)
    assert said.thread_ts is not None
    again = await_answer(world, "C1", said.thread_ts, number=2)
    assert QUOTE in again.shown


def test_trying_a_commands_question_again_stays_private(
    world: World, bot: SlackBot, whispered: Message
):
    before = len(answers(world, "C2"))
    world.click("C2", whispered.ts, "U2", actions.RETRY)
    assert world.wait_for(lambda: len(answers(world, "C2")) == before + 1)
    assert answers(world, "C2")[-1].ephemeral_to == "U2"
    assert QUOTE in answers(world, "C2")[-1].shown


def test_sharing_shows_an_answer_to_the_channel_once_and_makes_it_a_thread(
    world: World, bot: SlackBot, whispered: Message
):
    before = len(answers(world, "C2"))
    for _ in range(3):
        world.click("C2", whispered.ts, "U2", actions.SHARE)
    shared = await_answer(world, "C2", number=before + 1)
    assert shared.ephemeral_to is None
    assert QUESTION in shared.shown
    assert QUOTE in shared.shown
    assert eventually(lambda: bot.questions.store.takes_part(TEAM, "C2", shared.ts))
    world.say("C2", "U3", "And is it paid?", thread_ts=shared.ts, mention=False)
    assert "paid in full" in await_answer(world, "C2", shared.ts, number=2).shown
    assert len(answers(world, "C2")) == before + 2


@pytest.fixture
def tightened(bot: SlackBot) -> Iterator[Callable[[str], object]]:
    """Serves the second channel, from now on, from the documents of one condition alone."""
    channels = Channels(bot.questions.store, ConfigFile())
    yield lambda condition: channels.change(TEAM, "C2", condition, "U1")
    channels.reset(TEAM, "C2", "U1")


@pytest.mark.parametrize("condition", ["folder=finance", "collection=finance"])
def test_an_answer_from_what_the_channel_is_not_served_any_more_is_not_shared(
    world: World,
    bot: SlackBot,
    whispered: Message,
    tightened: Callable[[str], object],
    condition: str,
):
    tightened(condition)
    before = len(answers(world, "C2"))
    world.click("C2", whispered.ts, "U2", actions.SHARE)
    assert world.wait_for(lambda: len(answers(world, "C2")) == before + 1)
    said = answers(world, "C2")[-1]
    assert said.ephemeral_to == "U2"
    assert QUOTE not in said.shown
    assert "served from now" in said.shown or condition.startswith("collection")


def test_a_passage_of_what_the_channel_is_not_served_any_more_is_not_shown(
    world: World, bot: SlackBot, whispered: Message, tightened: Callable[[str], object]
):
    tightened("folder=finance")
    views = len(world.views)
    world.click("C2", whispered.ts, "U2", f"{actions.PASSAGE}:1")
    assert world.wait_for(lambda: len(world.views) == views + 1)
    assert "served from now" in str(world.views[-1].view)
    assert "sixteen weeks" not in str(world.views[-1].view)


def test_a_passage_within_what_the_channel_is_served_now_is_shown(
    world: World, bot: SlackBot, whispered: Message, tightened: Callable[[str], object]
):
    tightened("folder=hr")
    views = len(world.views)
    world.click("C2", whispered.ts, "U2", f"{actions.PASSAGE}:1")
    assert world.wait_for(lambda: len(world.views) == views + 1)
    assert "sixteen" in str(world.views[-1].view)


def test_slack_refused_nothing(world: World, bot: SlackBot):
    assert world.refused == []
