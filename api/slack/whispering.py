"""Messages that one person alone sees.

Slack keeps no history of them, so none can be looked for: after a crash one is said again rather
than never.
"""

import logging
import time

from api.slack.rendering.messages import SlackMessage
from api.slack.web import Slack
from rag.errors import SlackRefused, SlackUnclear
from rag.store.slack_base import NewQuestion

logger = logging.getLogger(__name__)

_TRIES = 3
_RETRY_S = 0.5
_HTTP_TIMEOUT_S = 10


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
        response = WebhookClient(url, timeout=_HTTP_TIMEOUT_S, retry_handlers=[]).send(
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
    thread = asked.payload.get("thread") or (asked.thread if asked.thread != asked.ts else None)
    where = {"channel": asked.channel, "user": asked.user}
    if thread:
        where["thread_ts"] = thread
    # Slack has no ephemeral messages in a direct conversation with an app.
    is_direct = asked.channel.startswith("D")
    for tried in range(_TRIES):
        try:
            if is_direct:
                slack.post(slack.client.chat_postMessage, channel=asked.channel, **arguments)
            else:
                slack.post(slack.client.chat_postEphemeral, **where, **arguments)
        except SlackUnclear:
            if tried == _TRIES - 1:
                raise
            time.sleep(_RETRY_S * 2**tried)
        except SlackRefused as exc:
            logger.info("whispering: %s", exc.message)
            slack.post(slack.client.chat_postMessage, channel=asked.user, **arguments)
            return
        else:
            return
