"""What the tests of the bot share; `tests/api/slack/botting.py` says what it is."""

from tests.api.slack.botting import bot, service, settings, slack, world

__all__ = ["bot", "service", "settings", "slack", "world"]
