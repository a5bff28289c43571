"""Socket Mode: events come over a connection that the bot opens, so that it needs no address."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from api.slack.bot import SlackBot, web_client
from rag.errors import SlackUnclear

if TYPE_CHECKING:
    from slack_sdk.socket_mode.builtin import SocketModeClient

logger = logging.getLogger(__name__)

LISTENING = 10


@contextmanager
def connected(bot: SlackBot) -> Iterator[None]:
    """Inside, events reach the bot; a connection that breaks is made anew.

    Raises:
        SlackError: Slack knows the bot not, or cannot be reached.
    """
    from slack_bolt.adapter.socket_mode import SocketModeHandler
    from slack_sdk.errors import SlackClientError

    token = bot.settings.slack_app_token
    assert token is not None, "`check_setup` was called before"
    # Slack says here whether the bot's own token is good, before a connection is made.
    logger.info("connecting as %s", bot.slack.identity.user)
    handler = SocketModeHandler(
        bot.app,
        token.get_secret_value(),
        web_client=web_client(bot.settings),
        concurrency=LISTENING,
    )
    try:
        handler.client.connect()
    except (SlackClientError, OSError) as exc:
        handler.client.close()
        raise SlackUnclear(
            f"Socket Mode cannot be opened: {exc}.",
            hint="Check QUOTH_SLACK_APP_TOKEN and that Socket Mode is on in the app's settings.",
        ) from exc
    try:
        yield
    finally:
        _close(handler.client)


def _close(client: "SocketModeClient") -> None:
    """At once: by itself the client waits three seconds for what may still come."""
    client.auto_reconnect_enabled = False
    session = client.current_session
    if session is not None and session.sock is not None:
        with suppress(OSError):
            session.sock.shutdown(socket.SHUT_RDWR)
    client.close()
