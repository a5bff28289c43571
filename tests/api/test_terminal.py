from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.terminal import display_path, harmless


@given(st.text())
def test_a_harmless_text_is_as_long_as_before(text: str) -> None:
    assert len(harmless(text)) == len(text)


@given(st.text())
def test_a_harmless_text_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    kept = [char for char in harmless(text) if ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0]
    assert kept == []


def test_what_may_stay_stays() -> None:
    assert harmless("Größe – 35 % 中国 🙂 [bold]x[/bold]") == "Größe – 35 % 中国 🙂 [bold]x[/bold]"


def test_an_escape_is_shown_and_not_obeyed() -> None:
    assert harmless("\x1b[31mred\x07") == "␛[31mred␇"


def test_white_space_becomes_spaces() -> None:
    assert harmless("a\n\tb\u2028c") == "a  b c"


def test_text_direction_cannot_be_turned() -> None:
    assert harmless("\u202eevil\u2066") == "\ufffdevil\ufffd"


def test_a_path_below_the_working_folder_is_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert display_path(str(tmp_path / "docs" / "a.txt")) == "docs/a.txt"


def test_a_path_elsewhere_stays_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert display_path(str(tmp_path / "a.txt")) == str(tmp_path / "a.txt")
