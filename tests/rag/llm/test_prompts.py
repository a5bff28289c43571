from importlib.resources import files
from pathlib import Path

import pytest

from rag.errors import SettingsInvalid
from rag.llm.prompts import load_prompts

OWN = files("rag").joinpath("llm", "prompts.toml").read_text(encoding="utf-8")


def test_quoths_own_can_be_filled_in() -> None:
    prompts = load_prompts()
    filled = prompts.fill("verify", "user", boundary="##", evidence="E", statement="S")
    assert "## evidence begins\nE\n## evidence ends" in filled


def test_a_copy_with_other_words_takes_their_place(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(OWN.replace("You answer questions", "Du beantwortest Fragen"), "utf-8")
    system = load_prompts(file).fill("answer", "system", boundary="#", not_found="N", question="Q")
    assert system.startswith("Du beantwortest Fragen")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("version = 1", "version = 9", "version 9"),
        ("{not_found}", "NOTHING", r"lacks \{not_found\} in \[answer\] system"),
        ("Question: {question}", "Question: {quest}", r"lacks \{question\} in \[answer\] user"),
        ("Be brief:", "Be {brief}:", r"has \{brief\}"),
        ("Be brief:", "Be { brief:", "brace"),
        ("{evidence}", "{evidence!r}", "more than a name"),
        ("[verify]", "[check]", r"has no text \[verify\]"),
        ("version = 1", "version = ", "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    before: str, after: str, told: str, tmp_path: Path
) -> None:
    file = tmp_path / "mine.toml"
    assert before in OWN
    file.write_text(OWN.replace(before, after), "utf-8")
    with pytest.raises(SettingsInvalid, match=told) as raised:
        load_prompts(file)
    assert "mine.toml" in raised.value.message


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="cannot be read"):
        load_prompts(tmp_path / "none.toml")
