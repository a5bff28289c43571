import pytest

from rag.index.analysis import Analyzer, build_analyzer, spaced


def test_inflected_words_meet_in_their_stem() -> None:
    words = Analyzer().words
    assert words("railway tunnels") == words("Railways, tunnel!")


def test_russian_words_meet_in_their_stem() -> None:
    words = Analyzer().words
    assert words("железная дорога") == words("железной дороги")


def test_accents_and_case_are_folded() -> None:
    words = Analyzer().words
    assert words("Café Größe") == words("cafe grösse")


def test_chinese_runs_become_pairs_of_characters() -> None:
    assert spaced("中亚峰会2025") == " 中亚 亚峰 峰会 2025"
    assert set(Analyzer().words("中亚峰会")) >= {"中亚", "峰会"}


def test_a_single_unspaced_character_stays_a_word() -> None:
    assert spaced("茶") == " 茶 "


def test_question_words_and_stop_words_carry_nothing() -> None:
    assert Analyzer().words("What is the ... of which?") == ()


def test_names_that_look_like_small_words_survive() -> None:
    assert Analyzer().words("the US in May") == ("us", "may")


@pytest.mark.parametrize("text", ["The railways of Kazakhstan, 1990–2025", "Größe und Maß", "中亚"])
def test_stemming_russian_changes_nothing_where_there_is_none(text: str) -> None:
    with_russian = build_analyzer().analyze(spaced(text))
    assert build_analyzer(russian=False).analyze(spaced(text)) == with_russian
