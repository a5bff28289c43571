from pathlib import Path

import pytest

from rag.errors import SettingsInvalid
from rag.settings import load_settings


def test_a_variable_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    file = tmp_path / "quoth.toml"
    file.write_text('chunk_tokens = 100\nport = 9000\nmodel = "from-file"\n')
    settings = load_settings(environment={"QUOTH_CHUNK_TOKENS": "150"}, config_file=file)
    assert (settings.chunk_tokens, settings.port, settings.model) == (150, 9000, "from-file")
    assert settings.host == "127.0.0.1"


def test_without_a_file_and_variables_there_are_defaults(tmp_path: Path) -> None:
    settings = load_settings(environment={}, config_file=tmp_path / "none.toml")
    assert settings.data_dir == Path(".quoth")


def test_a_value_that_cannot_be_used_is_named_with_the_variable_to_correct(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="'chunk_tokens' cannot be 'many'") as caught:
        load_settings(
            environment={"QUOTH_CHUNK_TOKENS": "many"}, config_file=tmp_path / "none.toml"
        )
    assert "QUOTH_CHUNK_TOKENS" in caught.value.hint


@pytest.mark.parametrize("text", ["chunk_tokens: 5", "colour = 1", "chunk_tokens = 1"])
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "quoth.toml"
    file.write_text(text)
    with pytest.raises(SettingsInvalid):
        load_settings(environment={}, config_file=file)


def test_other_variables_with_the_prefix_are_left_alone(tmp_path: Path) -> None:
    environment = {"QUOTH_TEST_CACHE": "x"}
    assert load_settings(environment=environment, config_file=tmp_path / "none.toml").port == 8765


@pytest.mark.parametrize("name", ["QUOTH_PUBLIC_URL", "QUOTH_CORS_ORIGINS"])
def test_what_is_no_web_address_is_refused(tmp_path: Path, name: str) -> None:
    config_file = tmp_path / "none.toml"
    for good in ("https://quoth.example.org", "http://localhost:3000", "https://[::1]:8443"):
        load_settings(environment={name: good}, config_file=config_file)
    for bad in ("nonsense", "*", "ftp://h", "https://a b", "https://h?x"):
        with pytest.raises(SettingsInvalid, match="write"):
            load_settings(environment={name: bad}, config_file=config_file)


def test_an_origin_has_no_path(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="without a path"):
        load_settings(
            environment={"QUOTH_CORS_ORIGINS": "https://h/chat"}, config_file=tmp_path / "none.toml"
        )
