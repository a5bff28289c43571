"""Everything that may fail around the bot, each made to fail for real: the store is locked by
another connection, the index's files are gone, the language model's server is not there, Slack
answers as on a bad day. `INJECTED` names what is done before a question is asked.
"""

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.slack.bot import SlackBot
from rag.llm.building import generation_of
from rag.service import Service
from rag.settings import Settings
from rag.store.sqlite import DATABASE_NAME
from tests.api.client import QUESTION, TEXTS, open_hashed_service
from tests.api.slack.botting import AT_ONCE, answers, bot_in, is_final, slack_settings, tuned
from tests.slack.server import SlackStandIn
from tests.slack.state import Message

NOWHERE = "http://127.0.0.1:9/v1"
"""Where no language model answers."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What there is to break."""

    slack: SlackStandIn
    service: Service
    bot: SlackBot
    data_dir: Path

    def fail(self, method: str, how: str, times: int = 2, seconds: float = 0.5) -> None:
        self.slack.world.fail(method, how, times, seconds)


Break = Callable[[Stage], object]


def _lock_store(seconds: float) -> Break:
    """Another process writes, and takes that long."""

    def lock(stage: Stage) -> None:
        held = threading.Event()

        def hold() -> None:
            db = sqlite3.connect(stage.data_dir / DATABASE_NAME, isolation_level=None)
            db.execute("BEGIN IMMEDIATE")
            held.set()
            time.sleep(seconds)
            db.execute("ROLLBACK")
            db.close()

        threading.Thread(target=hold, daemon=True).start()
        assert held.wait(5)

    return lock


def _lose_index(stage: Stage) -> None:
    shutil.rmtree(stage.data_dir / "index", ignore_errors=True)


def _change_model(stage: Stage) -> None:
    """The index was made by another model."""
    with sqlite3.connect(stage.data_dir / DATABASE_NAME) as db:
        db.execute("UPDATE generations SET fingerprint = 'another'")
    db.close()


def _without_model(stage: Stage) -> None:
    settings = stage.bot.settings.model_copy(
        update={"llm_base_url": NOWHERE, "llm_model": "none", "llm_retries": 0}
    )
    stage.service.assistant.generation = generation_of(settings)


def _slack(method: str, how: str, times: int = 2) -> Break:
    return lambda stage: stage.fail(method, how, times)


def _close_socket(stage: Stage) -> None:
    stage.slack.close_sockets()


def _nothing(stage: Stage) -> None:
    pass


POSTING = ("chat.postMessage", "chat.startStream", "chat.appendStream", "chat.stopStream")
HOWS = ("429", "500", "close", "lost")
INJECTED: Mapping[str, Break] = {
    "the store is locked for 1.5 s": _lock_store(1.5),
    "the store is locked for 5 s": _lock_store(5),
    "the index's files are gone": _lose_index,
    "the index is another model's": _change_model,
    "the language model is down": _without_model,
    "the socket is closed": _close_socket,
    "nothing was ingested": _nothing,
    **{f"{method} answers {how}": _slack(method, how) for method in POSTING for how in HOWS},
    **{
        f"{method} answers 500": _slack(method, "500")
        for method in (
            "conversations.replies",
            "assistant.threads.setStatus",
            "reactions.add",
            "chat.update",
            "users.info",
        )
    },
    "every call answers 500, three times": _slack("*", "500", 3),
}


@contextmanager
def staged(folder: Path, *, texts: Mapping[str, str] = TEXTS) -> Iterator[Stage]:
    """A bot that shows answers as they grow, and all that it stands on."""
    with ExitStack() as stack:
        slack = stack.enter_context(SlackStandIn())
        settings: Settings = slack_settings(folder / "data", slack)
        service = stack.enter_context(open_hashed_service(settings, texts))
        tuning = tuned(pace=AT_ONCE, lease_s=5.0)
        bot = stack.enter_context(bot_in(slack, service, settings, tuning))
        yield Stage(slack, service, bot, settings.data_dir)


def reply_to(stage: Stage, name: str, timeout_s: float = 60) -> Message | None:
    """Breaks something, asks, and waits for the whole reply; None where none came."""
    world = stage.slack.world
    world.failures.clear()
    INJECTED[name](stage)
    channel = "C1"
    ts = world.say(channel, "U2", f"{QUESTION} <@U3>")

    def replies() -> list[Message]:
        return [each for each in answers(world, channel, ts) if is_final(each)]

    world.wait_for(replies, timeout_s)
    found = replies()
    return found[0] if found else None
