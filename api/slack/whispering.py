"""Messages that one person alone sees.

Slack keeps no history of them, so none can be looked for: after a crash one is said again rather
than never.
"""

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from api.slack.intake import stands_in_a_message
from api.slack.posting import BAD_BLOCKS, simplified
from api.slack.rendering.messages import SlackMessage
from api.slack.web import Slack
from rag.errors import SlackRefused, SlackUnclear
from rag.store.slack_base import NewQuestion

if TYPE_CHECKING:
    from slack_sdk.web import SlackResponse

logger = logging.getLogger(__name__)

_TRIES = 4
_RETRY_S = 0.5
_HTTP_TIMEOUT_S = 10

_QUIET = logging.getLogger("api.slack.sdk")
"""Of the SDK, whose lines say less than ours, or a person's own address."""


def whisper(slack: Slack, asked: NewQuestion, messages: tuple[SlackMessage, ...]) -> None:
    """Says something to who asked alone: where the question came from, or else directly.

    Raises:
        SlackError: Neither was possible.
    """
    for message in messages:
        if not _by_response_url(asked, message):
            _by_call(slack, asked, message)


def _by_response_url(asked: NewQuestion, message: SlackMessage) -> bool:
    """False where there is no address, or it is not good any more."""
    url = asked.payload.get("response_url")
    if not url:
        return False
    from slack_sdk.webhook import WebhookClient

    try:
        response = WebhookClient(
            url, timeout=_HTTP_TIMEOUT_S, retry_handlers=[], logger=_QUIET
        ).send(
            text=message.text,
            blocks=list(message.blocks),
            response_type="ephemeral",
            replace_original=False,
        )
    except OSError as exc:
        logger.info("a response address failed: %s", exc)
        return False
    return response.status_code == 200


def _by_call(slack: Slack, asked: NewQuestion, message: SlackMessage) -> None:
    arguments = message.arguments()
    method, where = _way(slack, asked)
    for tried in range(_TRIES):
        try:
            slack.post(method, **where, **arguments)
        except SlackUnclear:
            if tried == _TRIES - 1:
                raise
            time.sleep(_RETRY_S * 2**tried)
        except SlackRefused as exc:
            logger.info("whispering: %s", exc.message)
            if exc.code in BAD_BLOCKS and arguments["blocks"]:
                simpler = simplified(arguments)
                if simpler is None:
                    for plain in message.plain():
                        _by_call(slack, asked, plain)
                    return
                arguments = simpler
            elif where["channel"] != asked.user:
                method, where = slack.client.chat_postMessage, {"channel": asked.user}
            else:
                raise
        else:
            return


def _way(slack: Slack, asked: NewQuestion) -> tuple[Callable[..., "SlackResponse"], dict[str, str]]:
    """How to reach who asked, where they asked."""
    thread = asked.payload.get("thread") or asked.thread
    where = {"channel": asked.channel}
    if asked.channel.startswith("D"):
        # Slack has no ephemeral messages in a direct conversation with an app.
        if stands_in_a_message(thread):
            where["thread_ts"] = thread
        return slack.client.chat_postMessage, where
    if thread != asked.ts and stands_in_a_message(thread):
        where["thread_ts"] = thread
    return slack.client.chat_postEphemeral, {**where, "user": asked.user}
