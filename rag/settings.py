"""Every setting, typed, from the environment (`QUOTH_*`), then `quoth.toml` in the working folder,
then defaults.
"""

from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rag.errors import SettingsInvalid

CONFIG_FILE = Path("quoth.toml")


class Settings(BaseSettings):
    """What can be set: the variable `QUOTH_<NAME>`, or the same key of `quoth.toml`."""

    model_config = SettingsConfigDict(
        env_prefix="QUOTH_", toml_file=CONFIG_FILE, extra="forbid", frozen=True
    )

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
    max_file_bytes: int = Field(
        256 * 2**20, ge=1, description="Larger files are reported as failed."
    )
    host: str = Field("127.0.0.1", description="Address that `quoth serve` binds to.")
    port: int = Field(8765, ge=0, le=65535, description="Port that `quoth serve` binds to.")
    public_url: str | None = Field(
        None, description="Where people reach the server, for absolute links."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**overrides: object) -> Settings:
    """The settings in force.

    Raises:
        SettingsInvalid: A value cannot be used, a key is unknown, or `quoth.toml` is not TOML.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as exc:
        first = exc.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SettingsInvalid(
            f"The setting {name!r} cannot be {first['input']!r}: {first['msg'].lower()}.",
            hint=f"Correct QUOTH_{name.upper()} in the environment or {name!r} in {CONFIG_FILE}.",
        ) from exc
    except ValueError as exc:
        raise SettingsInvalid(
            f"{CONFIG_FILE} cannot be read: {exc}.",
            hint="It must be TOML, one `key = value` a line.",
        ) from exc
