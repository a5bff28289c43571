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
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)

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
    reader: Literal["auto", "on", "off"] = Field(
        "auto",
        description="Whether the reader points at the words that answer and judges passages; auto: "
        "where its weights are installed.",
    )
    max_file_bytes: int = Field(
        256 * 2**20, ge=1, description="Larger files are reported as failed."
    )
    conversation_days: int = Field(
        90, ge=0, le=36_500, description="Days that an unused conversation is kept; 0: for ever."
    )
    llm_base_url: str | None = Field(
        None, description="Where a language model answers in OpenAI's format; none writes answers."
    )
    llm_model: str | None = Field(None, description="The language model's name there.")
    llm_api_key: SecretStr | None = Field(None, description="The key for it, where it needs one.")
    llm_timeout_s: float = Field(
        30, gt=0, le=600, description="How long a whole answer of the language model may take."
    )
    llm_first_token_s: float = Field(
        10, gt=0, le=600, description="How long the language model may take to begin."
    )
    llm_retries: int = Field(1, ge=0, le=5, description="How often a call is tried again.")
    llm_concurrency: int = Field(
        4, ge=1, le=256, description="Calls to the language model at the same time, at most."
    )
    llm_prompt_tokens: int = Field(
        6000,
        ge=500,
        description="Most tokens (o200k_base) of a prompt, evidence and history in it.",
    )
    llm_answer_tokens: int = Field(
        800, ge=32, description="Most tokens that the language model may answer with."
    )
    llm_price_in: float | None = Field(
        None, ge=0, description="Price of a million prompt tokens, in any currency."
    )
    llm_price_out: float | None = Field(
        None, ge=0, description="Price of a million answer tokens, in the same currency."
    )
    llm_prompts: Path | None = Field(
        None, description="A file of your own prompts, in place of Quoth's."
    )
    llm_unsupported: Literal["remove", "strike"] = Field(
        "remove",
        description="What happens to sentences that the documents do not support: left out, or "
        "shown struck out.",
    )
    llm_verifier_model: str | None = Field(
        None, description="A second model that checks sentences besides the built-in check; none."
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
    parse_timeout_s: float = Field(
        120, gt=0, description="How long reading one file may take before it counts as failed."
    )
    parse_memory_bytes: int = Field(
        1024 * 2**20, ge=64 * 2**20, description="Most memory that reading one file may take."
    )
    parse_workers: int = Field(
        0, ge=0, le=64, description="Processes that read files; 0: as many as there are cores."
    )
    ocr: bool = Field(
        False, description="Whether pages without text are read with Tesseract (`quoth[ocr]`)."
    )
    ocr_languages: str = Field("eng", description="Tesseract's languages, as `eng+deu`.")
    slack_bot_token: SecretStr | None = Field(None, description="The bot's token, `xoxb-…`.")
    slack_app_token: SecretStr | None = Field(
        None, description="The app-level token of Socket Mode, `xapp-…`."
    )
    slack_signing_secret: SecretStr | None = Field(
        None, description="What requests from Slack are signed with, for HTTP."
    )
    slack_mode: Literal["socket", "http"] = Field(
        "socket", description="How Slack's events come: over a socket, or to `quoth serve`."
    )
    slack_config: Path | None = Field(
        None, description="A TOML file that says how each channel is served."
    )
    slack_admins: tuple[str, ...] = Field(
        (), description="Slack users who may configure channels besides workspace admins."
    )
    slack_api_url: str | None = Field(
        None, description="Where Slack's Web API is, if not at Slack; for tests and proxies."
    )
    slack_per_user_per_minute: int = Field(
        20, ge=0, description="Questions of one Slack user in a minute, at most; 0: any number."
    )
    otel: bool | None = Field(
        None,
        description="Whether to send traces with OpenTelemetry; unset: where its own variables "
        "name an endpoint.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"
    log_format: Literal["text", "json"] = "text"

    @field_validator("public_url", "llm_base_url", "slack_api_url")
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

    @field_validator("allowed_hosts", "cors_origins", "slack_admins", mode="before")
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
        value = "what it is" if _is_secret(name) else repr(first["input"])
        raise SettingsInvalid(
            f"The setting {name!r} cannot be {value}: {first['msg'].lower()}.",
            hint=f"Correct {PREFIX}{name.upper()} in the environment or {name!r} in {CONFIG_FILE}.",
        ) from exc


def _is_secret(name: str) -> bool:
    field = Settings.model_fields.get(name)
    return field is not None and "SecretStr" in str(field.annotation)


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
