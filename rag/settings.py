"""Every setting, typed, from the environment (`QUOTH_*`), then `quoth.toml` in the working folder,
then defaults.

Read with pydantic alone: importing pydantic-settings adds a tenth of a second to every command.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from rag.errors import SettingsInvalid

CONFIG_FILE = Path("quoth.toml")
PREFIX = "QUOTH_"

_ORIGIN = re.compile(r"https?://[^/?#@\s*]+/?", re.IGNORECASE)
_WEB_ADDRESS = re.compile(r"https?://[^/?#@\s*]+(?:/[^?#\s]*)?", re.IGNORECASE)


class Settings(BaseModel):
    """What can be set: the variable `QUOTH_<NAME>`, or the same key of `quoth.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data_dir: Path = Field(Path(".quoth"), description="Where the index is kept.")
    cache_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_cache_dir("quoth", appauthor=False)),
        description="Where compiled models are kept.",
    )
    model: str = Field(
        "all-MiniLM-L6-v2", description="The embedding model: its name, a folder, or a hub name."
    )
    encoder: Literal["auto", "compiled", "reference"] = Field(
        "auto",
        description="compiled (OpenVINO), reference (sentence-transformers), or what works first.",
    )
    device: str = Field("cpu", description="The reference encoder's device, as `cpu` or `cuda`.")
    chunk_tokens: int = Field(
        200, ge=32, le=2000, description="Most tokens of the model in a chunk."
    )
    evidence_tokens: int = Field(
        2000, ge=100, description="Most tokens (o200k_base) of passages an answer draws from."
    )
    abstention: Literal["strict", "balanced", "eager"] = Field(
        "balanced", description="How sure an answer must be before it is given."
    )
    max_file_bytes: int = Field(
        256 * 2**20, ge=1, description="Larger files are reported as failed."
    )
    conversation_days: int = Field(
        90, ge=0, le=36_500, description="Days that an unused conversation is kept; 0: for ever."
    )
    host: str = Field("127.0.0.1", description="Address that `quoth serve` binds to.")
    port: int = Field(8765, ge=0, le=65535, description="Port that `quoth serve` binds to.")
    public_url: str | None = Field(
        None, description="Where people reach the server, for absolute links."
    )
    workers: int = Field(1, ge=1, le=64, description="Processes that `quoth serve` answers with.")
    allowed_hosts: tuple[str, ...] = Field(
        (),
        description="Host names that requests may name besides this machine's and `public_url`'s, "
        "separated by commas.",
    )
    cors_origins: tuple[str, ...] = Field(
        (), description="Origins whose pages may call the API, separated by commas; none."
    )
    max_upload_bytes: int = Field(64 * 2**20, ge=1, description="Larger uploads are refused.")
    chat_sources: bool = Field(
        True,
        description="Whether the OpenAI-compatible routes show markers and a source list in the "
        "text.",
    )
    shutdown_grace_s: float = Field(
        10, ge=0, le=600, description="How long a server that stops lets answers finish."
    )
    otel: bool | None = Field(
        None,
        description="Whether to send traces with OpenTelemetry; unset: where its own variables "
        "name an endpoint.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"
    log_format: Literal["text", "json"] = "text"

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is not None and not _WEB_ADDRESS.fullmatch(value):
            raise ValueError("write it as https://quoth.example.org")
        return value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError("write each as https://chat.example.org, without a path")
        return value

    @field_validator("allowed_hosts", "cors_origins", mode="before")
    @classmethod
    def _separated(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value


def load_settings(
    *, environment: Mapping[str, str] = os.environ, config_file: Path = CONFIG_FILE
) -> Settings:
    """The settings in force.

    Args:
        environment: Variables; those that begin with `QUOTH_` count.
        config_file: TOML with the same names, without the prefix and in lower case.

    Raises:
        SettingsInvalid: A value cannot be used, a key is unknown, or the file is not TOML.
    """
    given = _from_file(config_file) | _from_environment(environment)
    try:
        return Settings.model_validate(given)
    except ValidationError as exc:
        first = exc.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SettingsInvalid(
            f"The setting {name!r} cannot be {first['input']!r}: {first['msg'].lower()}.",
            hint=f"Correct {PREFIX}{name.upper()} in the environment or {name!r} in {CONFIG_FILE}.",
        ) from exc


def _from_file(config_file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(config_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as exc:
        raise SettingsInvalid(
            f"{str(config_file)!r} cannot be read: {exc}.",
            hint="It must be TOML, one `key = value` a line.",
        ) from exc


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    """The fields' variables; others with the prefix (as `QUOTH_TEST_CACHE`) are someone else's."""
    return {
        name: environment[PREFIX + name.upper()]
        for name in Settings.model_fields
        if PREFIX + name.upper() in environment
    }
