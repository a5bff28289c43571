"""`quoth slack`: the bot over Socket Mode, the manifest that makes its app, and a check of both."""

import signal
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.commands.common import prepare
from api.errors import EXIT_DONE
from rag.errors import SettingsInvalid

if TYPE_CHECKING:
    from types import FrameType

    from rag.settings import Settings

slack = typer.Typer(
    help="Answer in Slack. Without a command: run the bot over Socket Mode.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@slack.callback()
def run(ctx: typer.Context) -> int:
    """Answer in Slack. Without a command: run the bot over Socket Mode."""
    if ctx.invoked_subcommand is not None:
        return EXIT_DONE
    engine, settings = prepare(ctx)
    _require_socket_mode(settings)
    from api.slack.bot import SlackBot, running
    from api.slack.setup import check_setup
    from api.slack.socket_mode import connected

    check_setup(settings)
    with ExitStack() as stack:
        service = stack.enter_context(engine.open_service(settings))
        stopped = _told_to_stop()
        bot = stack.enter_context(running(SlackBot(service, settings)))
        stack.enter_context(connected(bot))
        sys.stderr.write("Quoth answers in Slack. Ctrl-C stops it.\n")
        sys.stderr.flush()
        while not stopped.wait(1):
            pass
        sys.stderr.write("Stopping; what is not answered yet is answered after the next start.\n")
    return EXIT_DONE


@slack.command()
def manifest(
    ctx: typer.Context,
    view: Annotated[
        Literal["agent", "assistant"],
        typer.Option(help="agent for new apps, assistant for those from before July 2026."),
    ] = "agent",
) -> int:
    """Print the app manifest to paste at https://api.slack.com/apps."""
    _, settings = prepare(ctx)
    from api.slack.manifest import manifest_json

    sys.stdout.write(f"{manifest_json(view, settings.slack_mode, settings.public_url)}\n")
    return EXIT_DONE


@slack.command()
def check(ctx: typer.Context) -> int:
    """Say whether the tokens are good and the file of channels can be read."""
    _, settings = prepare(ctx)
    from api.slack.bot import web_client
    from api.slack.channels import read_config
    from api.slack.setup import check_setup
    from api.slack.web import Slack

    check_setup(settings)
    channels = read_config(settings.slack_config)
    asked = Slack(web_client(settings))
    identity = asked.identity
    if settings.slack_mode == "socket" and settings.slack_app_token is not None:
        token = settings.slack_app_token.get_secret_value()
        asked.call(asked.client.apps_connections_open, app_token=token)
    sys.stdout.write(
        f"The bot is the user {identity.user} of the workspace {identity.team}, over "
        f"{settings.slack_mode}; {len(channels.channels)} channels are configured by file.\n"
    )
    return EXIT_DONE


def _require_socket_mode(settings: "Settings") -> None:
    if settings.slack_mode != "socket":
        raise SettingsInvalid(
            "Slack's events come over HTTP by the settings, to `quoth serve`.",
            hint="Run `quoth serve`, or set QUOTH_SLACK_MODE to socket.",
        )


def _told_to_stop() -> threading.Event:
    """Set as soon as the process is asked to end; until the end it finishes what it began."""
    stopped = threading.Event()

    def stop(number: int, frame: "FrameType | None") -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return stopped
