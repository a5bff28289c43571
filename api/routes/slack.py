"""`/slack/events`: what Slack sends where the bot listens over HTTP; there only when it is set up.

Slack signs every request, and none is read before that is checked over the body as it came; it must
not be older than five minutes. No key is asked for.
"""

from contextlib import AbstractContextManager, nullcontext

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, FastAPI, Request, Response

from api.slack.bot import SlackBot, running
from api.slack.setup import check_setup, is_wanted_over_http
from rag.settings import Settings

router = APIRouter()

AT_ONCE = 8
"""Requests that are kept at the same time; more would hold each other up."""


def open_bot(app: FastAPI) -> AbstractContextManager[SlackBot | None]:
    """The bot of an application with an open service, running inside; None where none is wanted.

    Raises:
        ExtraMissing: The packages for Slack are not installed.
        SettingsInvalid: The signing secret is missing, or the file of channels is wrong.
    """
    settings: Settings = app.state.settings
    if not is_wanted_over_http(settings):
        return nullcontext()
    check_setup(settings)
    app.state.slack_slots = CapacityLimiter(AT_ONCE)
    bot = SlackBot(app.state.service, settings, on_answer=app.state.metrics.observe_answer)
    return running(bot)


@router.post("/slack/events", include_in_schema=False)
async def slack_events(request: Request) -> Response:
    """Takes events, commands, shortcuts and what was pressed."""
    body = await request.body()
    slots: CapacityLimiter = request.app.state.slack_slots
    return await run_sync(_dispatched, request, body, limiter=slots)


def _dispatched(request: Request, body: bytes) -> Response:
    from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response

    bot: SlackBot = request.app.state.slack
    # Bolt reads a body before it looks at who signed it.
    if not _is_signed(request, body, bot.settings):
        return Response(status_code=401)
    return to_starlette_response(bot.app.dispatch(to_bolt_request(request, body)))


def _is_signed(request: Request, body: bytes, settings: Settings) -> bool:
    from slack_sdk.signature import SignatureVerifier

    secret = settings.slack_signing_secret
    assert secret is not None, "`check_setup` was called before"
    try:
        verifier = SignatureVerifier(secret.get_secret_value())
        return verifier.is_valid_request(body, dict(request.headers))
    except ValueError:
        # The time is no number, or the body no text.
        return False
