"""A bot over a real service, and the stand-in for Slack that it speaks with over the wire."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from api.slack.bot import SlackBot, Tuning, running
from api.slack.live import Pace
from api.slack.socket_mode import connected
from rag.service import Service
from rag.settings import Settings
from tests.api.client import open_hashed_service
from tests.slack.server import SlackStandIn
from tests.slack.state import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Message
from tests.slack.world import World

TUNING = Tuning(workers=4, lease_s=30, posts_every_s=0, retry_s=0.02)
AT_ONCE = Pace(begin_after_s=0, append_every_s=0, edit_every_s=0)
"""Shows even an answer that is there at once as it grows."""
TEAM = "T0TEAM"


def slack_settings(data_dir: Path, slack: SlackStandIn, **changes: object) -> Settings:
    return Settings.model_validate(
        {
            "data_dir": data_dir,
            "slack_bot_token": BOT_TOKEN,
            "slack_app_token": APP_TOKEN,
            "slack_signing_secret": SIGNING_SECRET,
            "slack_api_url": slack.api_url,
            "slack_per_user_per_minute": 0,
            "shutdown_grace_s": 5,
            **changes,
        }
    )


@contextmanager
def bot_in(
    slack: SlackStandIn, service: Service, settings: Settings, tuning: Tuning = TUNING
) -> Iterator[SlackBot]:
    """A bot that is connected over Socket Mode."""
    with running(SlackBot(service, settings, tuning=tuning)) as bot, connected(bot):
        assert slack.world.wait_for(lambda: slack.connections() > 0)
        yield bot


def answers(world: World, channel: str, thread: str | None = None) -> list[Message]:
    """What the bot wrote, in a thread or anywhere in a channel."""
    return world.messages(channel, thread, by_bot=True)


def await_answer(
    world: World, channel: str, thread: str | None = None, number: int = 1, timeout_s: float = 10
) -> Message:
    """The bot's message of that number, once it is whole: it says of itself that it is."""

    def whole() -> bool:
        there = answers(world, channel, thread)
        return len(there) >= number and is_final(there[number - 1])

    assert world.wait_for(whole, timeout_s), [each.shown for each in world.messages(channel)]
    return answers(world, channel, thread)[number - 1]


def eventually(condition: Callable[[], object], timeout_s: float = 10) -> bool:
    """Whether something that Slack sees nothing of came true in time."""
    until = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def is_final(message: Message) -> bool:
    if message.ephemeral_to is not None:
        return True
    payload = (message.metadata or {}).get("event_payload", {})
    return bool(payload.get("final"))


def tuned(**changes: object) -> Tuning:
    return replace(TUNING, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def world(slack: SlackStandIn) -> World:
    return slack.world


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, slack: SlackStandIn) -> Settings:
    return slack_settings(tmp_path_factory.mktemp("bot") / "data", slack)


@pytest.fixture(scope="module")
def service(settings: Settings) -> Iterator[Service]:
    with open_hashed_service(settings) as service:
        yield service


@pytest.fixture(scope="module")
def bot(slack: SlackStandIn, service: Service, settings: Settings) -> Iterator[SlackBot]:
    with bot_in(slack, service, settings) as bot:
        yield bot
