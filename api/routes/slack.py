"""`/slack/events`: what Slack sends where the bot listens over HTTP; there only when it is set up.

Slack signs every request; bolt checks that over the body as it came, and that it is not older than
five minutes. No key is asked for.
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
    return to_starlette_response(bot.app.dispatch(to_bolt_request(request, body)))
