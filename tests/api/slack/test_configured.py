"""Channels that are served in their own ways, over the wire."""

from pathlib import Path

import pytest

from api.slack.bot import SlackBot
from rag.settings import Settings
from tests.api.client import QUESTION, QUOTE, open_hashed_service
from tests.api.slack.botting import answers, await_answer, bot_in, slack_settings
from tests.slack.server import SlackStandIn
from tests.slack.world import World

FILE = """
[channels.C1]
listen = "questions"
filters = ["folder=hr"]
[channels.C2]
answers = "ephemeral"
[channels.G1]
allowed = ["U1", "S100"]
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, slack: SlackStandIn) -> Settings:
    folder = tmp_path_factory.mktemp("bot")
    (folder / "slack.toml").write_text(FILE, encoding="utf-8")
    slack.world.add_channel("C3", "limited")
    slack.world.groups["S100"] = ["U3"]
    return slack_settings(
        folder / "data", slack, slack_config=folder / "slack.toml", slack_admins=("U2",)
    )


def typed(world: World, user: str, text: str, channel: str = "C3") -> str:
    """What a command is answered with."""
    before = len(answers(world, channel))
    world.command(channel, user, text)
    assert world.wait_for(lambda: len(answers(world, channel)) == before + 1)
    said = answers(world, channel)[-1]
    assert said.ephemeral_to == user
    return said.shown


def test_every_question_of_a_channel_may_be_answered(world: World, bot: SlackBot):
    ignored = world.say("C1", "U2", "I like tunnels.", mention=False)
    ts = world.say("C1", "U2", QUESTION, mention=False)
    assert QUOTE in await_answer(world, "C1", ts).shown
    assert answers(world, "C1", ignored) == []


def test_a_channel_is_answered_from_its_documents_alone(world: World, bot: SlackBot):
    ts = world.say("C1", "U2", "How many tunnels does the railway cross the mountains through?")
    said = await_answer(world, "C1", ts)
    assert "ninety" not in said.shown


def test_answers_may_be_for_who_asked_alone(world: World, bot: SlackBot):
    ts = world.say("C2", "U2", QUESTION)
    assert world.wait_for(lambda: len(answers(world, "C2")) == 1)
    said = answers(world, "C2")[0]
    assert said.ephemeral_to == "U2"
    assert QUOTE in said.shown
    assert "Share with the channel" in said.shown
    assert ts


def test_only_those_who_are_allowed_may_ask(world: World, bot: SlackBot):
    for user, may in (("U1", True), ("U2", False), ("U3", True)):
        ts = world.say("G1", user, QUESTION)
        before = [m for m in answers(world, "G1") if m.ephemeral_to == user]
        if may:
            assert QUOTE in await_answer(world, "G1", ts).shown
        else:
            assert world.wait_for(
                lambda u=user, b=before: (
                    len([m for m in answers(world, "G1") if m.ephemeral_to == u]) > len(b)
                )
            )
            assert answers(world, "G1", ts) == [] or all(
                m.ephemeral_to for m in answers(world, "G1", ts)
            )
            assert "not among those who may ask" in answers(world, "G1")[-1].shown


def test_administrators_and_those_whom_the_settings_name_configure(world: World, bot: SlackBot):
    assert "listen=mentions" in typed(world, "U3", "config")
    assert "Only administrators" in typed(world, "U3", "config listen=questions")
    assert "listen=questions" in typed(world, "U1", "config listen=questions")
    assert "listen=questions" in typed(world, "U3", "config")
    assert "listen=mentions" in typed(world, "U2", "config Reset")


def test_a_mistake_in_a_command_is_said(world: World, bot: SlackBot):
    assert "always" in typed(world, "U1", "config listen=always")
    assert "key=value" in typed(world, "U1", "config often")


def test_what_the_file_says_no_command_changes(world: World, bot: SlackBot):
    assert "cannot be changed here" in typed(world, "U1", "config listen=mentions", "C1")


def test_slack_refused_nothing(world: World, bot: SlackBot):
    assert world.refused == []


def test_a_person_who_asks_too_much_is_told_politely(tmp_path: Path):
    with SlackStandIn() as slack:
        settings = slack_settings(tmp_path / "data", slack, slack_per_user_per_minute=2)
        with open_hashed_service(settings) as service, bot_in(slack, service, settings):
            world = slack.world
            for _ in range(2):
                await_answer(world, "C1", world.say("C1", "U2", QUESTION))
            world.say("C1", "U2", QUESTION)
            assert world.wait_for(lambda: len(answers(world, "C1")) == 3)
            refusal = answers(world, "C1")[-1]
            assert refusal.ephemeral_to == "U2"
            assert "more than 2 questions within a minute" in refusal.shown
            assert QUOTE in await_answer(world, "C1", world.say("C1", "U3", QUESTION)).shown
