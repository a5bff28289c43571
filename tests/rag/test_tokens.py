import pytest

from rag.tokens import count_tokens


def test_known_counts_are_those_of_o200k_base() -> None:
    assert [count_tokens(text) for text in ("", "hello world", "Astana, 2025")] == [0, 2, 6]


def test_special_tokens_in_a_text_are_plain_text() -> None:
    assert count_tokens("<|endoftext|>") > 1


def test_the_table_is_read_from_the_package_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    assert count_tokens("hello world") == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("run", ["a", " ", "\n", "!", "é", "中"])
def test_a_million_equal_characters_are_counted(run: str) -> None:
    assert 0 < count_tokens(run * 1_000_000) <= 1_000_000


def test_a_long_run_costs_at_most_a_token_for_each_cut() -> None:
    assert 50_000 // 8 <= count_tokens("a" * 50_000) <= 50_000 // 8 + 3
