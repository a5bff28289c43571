"""What a workspace was found to lack."""

from dataclasses import dataclass


@dataclass(slots=True)
class Abilities:
    """What this workspace was found to lack; shared by all questions of a process.

    Attributes:
        streams: Whether answers can be streamed.
        status: Whether there is a status to be set in a thread.
        native_feedback: Whether Slack's own feedback buttons are shown.
    """

    streams: bool = True
    status: bool = True
    native_feedback: bool = True
