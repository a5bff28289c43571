"""The Slack bot put together: bolt in front, the queue of questions behind."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from api.slack.abilities import Abilities
from api.slack.answering import Answering
from api.slack.channels import Channels, read_config
from api.slack.configuring import Configuring
from api.slack.context import Context
from api.slack.directory import Directory
from api.slack.listeners import Listeners
from api.slack.live import Pace
from api.slack.pressing import Pressing
from api.slack.setup import check_setup
from api.slack.web import POSTS_EVERY_S, Slack
from embeddings.errors import QuothError
from rag.questions import LEASE_S, WORKERS, Questions
from rag.service import Service
from rag.settings import Settings
from rag.types import Answer

if TYPE_CHECKING:
    from slack_bolt import App
    from slack_bolt.authorization import AuthorizeResult
    from slack_sdk import WebClient

logger = logging.getLogger(__name__)

CALL_TIMEOUT_S = 10
"""Well below a lease, so that a call ends while the question is still held."""
LISTENING = 10
_FORGET_EVERY_S = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class Tuning:
    """What a bot works with.

    Attributes:
        workers: Questions that are answered at the same time.
        lease_s: As in `Questions`.
        posts_every_s: As in `Slack`.
        retry_s: The first pause after a call whose end is not known.
    """

    workers: int = WORKERS
    lease_s: float = LEASE_S
    posts_every_s: float = POSTS_EVERY_S
    retry_s: float = 0.5
    pace: Pace = field(default_factory=Pace)


class SlackBot:
    """A bot over an open service.

    Args:
        service: What answers; left open.
        settings: The settings in force.
        tuning: How fast.
        on_answer: Told of every answer that was made.

    Raises:
        ExtraMissing: The packages for Slack are not installed.
        SettingsInvalid: A token is missing, or the file of channels is wrong.
    """

    def __init__(
        self,
        service: Service,
        settings: Settings,
        *,
        tuning: Tuning = Tuning(),
        on_answer: Callable[[Answer], None] = lambda answer: None,
    ) -> None:
        check_setup(settings)
        self.settings = settings
        self.slack = Slack(web_client(settings), posts_every_s=tuning.posts_every_s)
        channels = Channels(service.slack, read_config(settings.slack_config))
        directory = Directory(self.slack)
        self.abilities = Abilities()
        answering = Answering(
            self.slack,
            service,
            service.slack,
            settings,
            channels,
            directory,
            Context(self.slack, service.slack, service.conversations, directory),
            self.abilities,
            tuning.pace,
            tuning.retry_s,
            on_answer,
        )
        self.questions = Questions(
            service.slack, answering, workers=tuning.workers, lease_s=tuning.lease_s
        )
        self.service = service
        self._keeping = ThreadPoolExecutor(LISTENING, "slack-keep")
        self._acting = ThreadPoolExecutor(LISTENING, "slack-act")
        self._stopping = threading.Event()
        self._forgetting = threading.Thread(target=self._forget, name="slack-forget", daemon=True)
        self.app = self._app()
        Listeners(
            self.slack,
            service.slack,
            self.questions,
            channels,
            Pressing(self.slack, service, service.slack, settings, channels),
            Configuring(channels, directory, settings),
            self._keeping,
            self._acting,
        ).register(self.app)

    def start(self) -> None:
        """Begins to answer what is in the queue, and what comes."""
        if self.settings.slack_mode == "http":
            self._acting.submit(self._introduce)
        self.questions.start()
        self._forgetting.start()

    def stop(self, grace_s: float) -> None:
        """Lets the answers at hand be finished as long as that; the others stay in the queue."""
        self._stopping.set()
        self.questions.stop(grace_s)
        for executor in (self._keeping, self._acting):
            executor.shutdown(wait=True, cancel_futures=True)

    def _app(self) -> "App":
        from slack_bolt import App

        secret = self.settings.slack_signing_secret
        bolt_logger = logging.getLogger("api.slack.bolt")
        # It warns of what is meant here, as of a token beside `authorize`.
        bolt_logger.setLevel(logging.ERROR)
        return App(
            logger=bolt_logger,
            client=self.slack.client,
            signing_secret=secret.get_secret_value() if secret else "",
            authorize=lambda: self._authorize(),  # bolt passes what is named; a method names itself
            # A question is kept before Slack is told that it came.
            process_before_response=True,
            attaching_conversation_kwargs_enabled=False,
        )

    def _authorize(self) -> "AuthorizeResult":
        """Without a call for each event: the bot is who it was."""
        from slack_bolt.authorization import AuthorizeResult

        identity = self.slack.identity
        return AuthorizeResult(
            enterprise_id=None,
            team_id=identity.team,
            bot_user_id=identity.user,
            bot_id=identity.bot,
            bot_token=self.slack.client.token,
        )

    def _introduce(self) -> None:
        """Who the bot is, asked before an event waits for it."""
        try:
            logger.info("the bot is %s", self.slack.identity.user)
        except QuothError as exc:
            logger.warning("Slack does not say who the bot is yet: %s", exc.message)

    def _forget(self) -> None:
        while self.settings.conversation_days:
            try:
                self.service.slack.purge_older_than(self.settings.conversation_days)
            except QuothError as exc:
                logger.warning("Old questions were not removed: %s", exc.message)
            if self._stopping.wait(_FORGET_EVERY_S):
                return


def web_client(settings: Settings) -> "WebClient":
    """Slack's own client, which tries nothing again by itself; the settings were checked."""
    from slack_sdk import WebClient

    token = settings.slack_bot_token
    assert token is not None, "`check_setup` was called before"
    quiet = logging.getLogger("api.slack.sdk")
    # What fails is raised, and logged by whoever knows what it means.
    quiet.setLevel(logging.CRITICAL)
    return WebClient(
        token=token.get_secret_value(),
        base_url=settings.slack_api_url or WebClient.BASE_URL,
        timeout=CALL_TIMEOUT_S,
        retry_handlers=[],
        logger=quiet,
    )


@contextmanager
def running(bot: SlackBot) -> Iterator[SlackBot]:
    """Runs a bot inside."""
    bot.start()
    try:
        yield bot
    finally:
        bot.stop(bot.settings.shutdown_grace_s)
