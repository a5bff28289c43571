"""Whether the settings hold all that the bot needs, said before anything is opened."""

from api.extras import extra
from api.slack.channels import read_config
from rag.errors import SettingsInvalid
from rag.settings import Settings


def is_wanted_over_http(settings: Settings) -> bool:
    """Whether the server takes Slack's events."""
    return settings.slack_mode == "http" and settings.slack_bot_token is not None


def check_setup(settings: Settings) -> None:
    """Returns where nothing is missing.

    Raises:
        ExtraMissing: The packages for Slack are not installed.
        SettingsInvalid: A token or the signing secret is missing, or the file of channels is wrong.
    """
    with extra("slack", "The Slack bot"):
        import slack_bolt  # noqa: F401
    if settings.slack_bot_token is None:
        raise SettingsInvalid(
            "The Slack bot has no token.",
            hint="Set QUOTH_SLACK_BOT_TOKEN to the app's bot token (xoxb-…); `quoth slack "
            "manifest` prints what makes the app.",
        )
    if settings.slack_mode == "socket" and settings.slack_app_token is None:
        raise SettingsInvalid(
            "Socket Mode has no app-level token.",
            hint="Set QUOTH_SLACK_APP_TOKEN (xapp-…, with the scope connections:write).",
        )
    if settings.slack_mode == "http" and settings.slack_signing_secret is None:
        raise SettingsInvalid(
            "Slack's events come over HTTP, but nothing says what they are signed with.",
            hint="Set QUOTH_SLACK_SIGNING_SECRET, from the app's page “Basic Information”.",
        )
    read_config(settings.slack_config)
