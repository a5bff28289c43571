from pathlib import Path

import pytest

from rag.errors import LanguageModelFailed, SettingsInvalid
from rag.llm.building import generation_of
from rag.llm.checking import check_connection
from rag.settings import Settings
from tests.llm.model_server import ModelServer, error
from tests.llm.writing import model_settings


def test_without_a_model_nothing_is_written() -> None:
    assert generation_of(Settings()) is None


@pytest.mark.parametrize("given", [{"llm_model": "x"}, {"llm_base_url": "http://127.0.0.1:9/v1"}])
def test_a_model_needs_an_address_and_a_name(given: dict[str, str]) -> None:
    with pytest.raises(SettingsInvalid) as raised:
        generation_of(Settings(**given))
    assert "QUOTH_LLM_" in raised.value.hint


def test_the_settings_reach_the_model(model_server: ModelServer, tmp_path: Path) -> None:
    settings = model_settings(
        tmp_path, model_server, llm_verifier_model="judge", llm_unsupported="strike",
        llm_price_in=3.0,
    )  # fmt: skip
    generation = generation_of(settings)
    assert generation is not None
    assert (generation.model.name, generation.unsupported) == ("scripted", "strike")
    assert generation.second is not None
    assert generation.second.name == "judge"
    assert settings.llm_api_key is not None
    assert settings.llm_api_key.get_secret_value() not in repr(generation)


def test_a_connection_is_tried_with_one_small_call(
    model_server: ModelServer, tmp_path: Path
) -> None:
    model_server.says("OK")
    told = check_connection(model_settings(tmp_path, model_server))
    assert "'scripted'" in told
    assert "100 tokens in, 20 out" in told
    assert len(model_server.asked) == 1


def test_a_model_that_says_nothing_was_reached(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.says("")
    assert "was reached" in check_connection(model_settings(tmp_path, model_server))


def test_a_connection_that_fails_says_what_to_do(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.says(error(401))
    with pytest.raises(LanguageModelFailed, match="HTTP 401") as raised:
        check_connection(model_settings(tmp_path, model_server))
    assert "QUOTH_LLM_API_KEY" in raised.value.hint
