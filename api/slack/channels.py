"""How each channel is served: from a TOML file, or as it was set with `/quoth config`.

    [default]                       # every channel, unless it says otherwise
    listen = "mentions"             # or "questions": every question in the channel too
    answers = "public"              # or "ephemeral": only who asked sees them
    [direct]                        # direct messages
    [channels.C0123456789]
    collection = ["hr"]             # only documents of these collections
    filters = ["folder=policies", "date>=2024"]
    allowed = ["U0123", "S0456"]    # users and user groups who may ask

What the file says of a channel, or of direct messages, cannot be changed by command.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from html import unescape
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from api.filters import CONDITION, parse_filters
from rag.errors import FilterInvalid, SettingsInvalid
from rag.filters import Access, Filters
from rag.store.base import DocumentReader
from rag.store.slack_base import SlackStore

_CHANNEL = re.compile(r"[CDG][A-Z0-9]+")
_MEMBER = re.compile(r"[UWS][A-Z0-9]+")
_REFERENCE = re.compile(r"<(?:@|!subteam\^)([UWS][A-Z0-9]+)(?:\|[^>]*)?>")
NOT_SERVED: Final = (
    "A source of that answer is gone, or is none of those that this channel is served from now, "
    "so I do not show it; please ask again."
)
MOST_PROMPTS = 4
"""Slack shows no more."""


class ChannelConfig(BaseModel):
    """How one channel is served; what is not said is as by default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    collection: tuple[str, ...] | None = Field(
        default=None, description="Collections it answers from; unset: all."
    )
    filters: tuple[str, ...] = Field(default=(), description="Conditions on documents.")
    listen: Literal["mentions", "questions"] = "mentions"
    answers: Literal["public", "ephemeral"] = "public"
    allowed: tuple[str, ...] = Field(
        default=(), description="Who may ask; nobody named: everybody."
    )

    @field_validator("collection", "filters", "allowed", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("filters")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            parse_filters(value)
        except FilterInvalid as exc:
            raise ValueError(f"{exc.message} {exc.hint}") from exc
        return value

    @field_validator("allowed")
    @classmethod
    def _members(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for member in value:
            if not _MEMBER.fullmatch(member):
                raise ValueError("name users (U…) and user groups (S…) by their ids")
        return value

    @property
    def conditions(self) -> Filters:
        """Which documents may answer."""
        return parse_filters(self.filters)

    def access(self, team: str) -> Access:
        """What whoever asks here may see."""
        return Access(collections=self.collection, owner=f"slack:{team}")

    def serves(self, document_ids: Collection[str], documents: DocumentReader) -> bool:
        """Whether these documents may all be shown here as the channel is served now.

        Raises:
            StoreError: They cannot be looked up.
        """
        wanted = frozenset(document_ids)
        access = Access(collections=self.collection)
        return documents.matching_documents(wanted, self.conditions, access) == wanted


def _channel_id(name: str) -> str:
    # Under a channel's name the rest would be served to nobody, and the channel without limits.
    if not _CHANNEL.fullmatch(name):
        raise ValueError(
            "name channels by their ids (C…), which Slack shows in a channel's details"
        )
    return name


class ConfigFile(BaseModel):
    """The file; `prompts` are questions that are proposed in the bot's own pane."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    default: ChannelConfig = ChannelConfig()
    direct: ChannelConfig | None = None
    channels: Mapping[Annotated[str, AfterValidator(_channel_id)], ChannelConfig] = Field(
        default_factory=dict
    )
    prompts: tuple[str, ...] = Field(default=(), max_length=MOST_PROMPTS)


def read_config(path: Path | None) -> ConfigFile:
    """What the file says; nothing is said where there is none.

    Raises:
        SettingsInvalid: The file cannot be read, or says what cannot be.
    """
    if path is None:
        return ConfigFile()
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise SettingsInvalid(
            f"The file {str(path)!r} of `slack_config` cannot be read: {exc}.",
            hint="It must be TOML; the README has an example.",
        ) from exc
    try:
        return ConfigFile.model_validate(told)
    except ValidationError as exc:
        raise SettingsInvalid(
            f"In {str(path)!r}, {_mistake(exc)}",
            hint="Correct it there; the README lists what can be said of a channel.",
        ) from exc


class Channels:
    """How channels are served; safe to share between threads."""

    def __init__(self, store: SlackStore, file: ConfigFile) -> None:
        self._store = store
        self.file = file

    def of(self, team: str, channel: str) -> ChannelConfig:
        """How a channel is served.

        Raises:
            StoreError: What was set by command cannot be read.
        """
        fixed = self._fixed(channel)
        if fixed is not None:
            return self._over_default(fixed)
        kept = self._store.channel_config(team, channel)
        if kept is not None:
            return self._over_default(ChannelConfig.model_validate_json(kept))
        return self.file.default

    def is_fixed(self, channel: str) -> bool:
        """Whether the file says how a channel is served, so that no command can."""
        return self._fixed(channel) is not None

    def change(self, team: str, channel: str, text: str, user: str) -> ChannelConfig:
        """Takes over what `/quoth config` was told, as `listen=questions folder=hr`; an empty value
        sets one back.

        Raises:
            SettingsInvalid: That cannot be.
        """
        kept = self._store.channel_config(team, channel)
        told = ChannelConfig.model_validate_json(kept) if kept else ChannelConfig()
        said = told.model_dump(exclude_unset=True) | _said(text)
        given = {key: value for key, value in said.items() if value not in ((), "")}
        try:
            config = ChannelConfig.model_validate(given)
        except ValidationError as exc:
            raise SettingsInvalid(
                f"That cannot be: {_mistake(exc)}", hint="`/quoth help` shows what can be set."
            ) from exc
        self._store.put_channel_config(
            team, channel, config.model_dump_json(exclude_unset=True), user
        )
        return self.of(team, channel)

    def reset(self, team: str, channel: str, user: str) -> ChannelConfig:
        """Forgets what was set by command."""
        self._store.put_channel_config(team, channel, None, user)
        return self.of(team, channel)

    def _fixed(self, channel: str) -> ChannelConfig | None:
        direct = self.file.direct if channel.startswith("D") else None
        return self.file.channels.get(channel, direct)

    def _over_default(self, config: ChannelConfig) -> ChannelConfig:
        said = config.model_dump(exclude_unset=True)
        return ChannelConfig.model_validate(self.file.default.model_dump(exclude_unset=True) | said)


def describe(config: ChannelConfig) -> str:
    """A channel's configuration in a few lines, as the command takes it."""
    lines = [
        f"collection={','.join(config.collection) if config.collection else '(all)'}",
        f"listen={config.listen}",
        f"answers={config.answers}",
        f"allowed={','.join(config.allowed) if config.allowed else '(everybody)'}",
        *config.filters,
    ]
    return "\n".join(lines)


def _said(text: str) -> dict[str, object]:
    """The keys and values of a command; conditions on documents are collected as filters."""
    said: dict[str, object] = {}
    filters: list[str] = []
    for word in unescape(_REFERENCE.sub(r"\1", text)).split():
        match = CONDITION.fullmatch(word)
        if match is None:
            raise SettingsInvalid(
                f"{word!r} sets nothing.", hint="Write key=value, as listen=questions."
            )
        key, operator, value = match.groups()
        if key in ChannelConfig.model_fields and operator == "=":
            said[key] = value
        else:
            filters.append(word)
    return said | ({"filters": tuple(filters)} if filters else {})


def _mistake(exc: ValidationError) -> str:
    first = exc.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    reason = first["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{name!r} cannot be {first['input']!r}: {reason}."
