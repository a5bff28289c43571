"""`/quoth config`: shows and changes how the channel is served where it is typed."""

from dataclasses import dataclass

from api.slack.channels import Channels, describe
from api.slack.directory import Directory
from embeddings.errors import QuothError
from rag.settings import Settings

RESET = "reset"


@dataclass(frozen=True, slots=True)
class Configuring:
    """What the command needs; safe to share between threads."""

    channels: Channels
    directory: Directory
    settings: Settings

    def __call__(self, team: str, channel: str, user: str, text: str) -> str:
        """What the person is told.

        Args:
            team: The workspace.
            channel: The one that is configured.
            user: Who typed it.
            text: What comes after `config`: nothing, `reset`, or keys with values.

        Raises:
            StoreError: It cannot be read or kept.
        """
        if not text:
            return f"This channel is served so:\n{describe(self.channels.of(team, channel))}"
        if self.channels.is_fixed(channel):
            return (
                "How this channel is served stands in the file of Quoth's settings, so it cannot "
                "be changed here."
            )
        if user not in self.settings.slack_admins and not self.directory.is_admin(user):
            return (
                "Only administrators of this workspace, and those whom Quoth's settings name, may "
                "change this."
            )
        try:
            if text.casefold() == RESET:
                config = self.channels.reset(team, channel, user)
            else:
                config = self.channels.change(team, channel, text, user)
        except QuothError as exc:
            if exc.retryable:
                raise
            return f"{exc.message} {exc.hint}"
        return f"From now on this channel is served so:\n{describe(config)}"
