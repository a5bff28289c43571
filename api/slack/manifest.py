"""The app manifest that a person pastes into Slack."""

from typing import Literal

View = Literal["agent", "assistant"]
Mode = Literal["socket", "http"]


def manifest(view: View, mode: Mode, url: str | None = None) -> dict[str, object]:
    """The manifest.

    Args:
        view: How the bot stands in Slack's pane: `agent` for new apps, `assistant` for those that
            were made before 2026-06-30.
        mode: How events come.
        url: Where people reach the server; needed for `http`.

    Raises:
        SettingsInvalid: There is no url and the mode is `http`.
    """
    raise NotImplementedError


def manifest_json(view: View, mode: Mode, url: str | None = None) -> str:
    """The manifest as JSON, which Slack takes as well as YAML."""
    raise NotImplementedError
