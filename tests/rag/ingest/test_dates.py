import pytest

from rag.ingest.dates import stated_date
from rag.ingest.lines import split_lines


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Title\n\n2025-06-16\n\nBody.", "2025-06-16"),
        (" date 2025-06-18 China Media Group hosted an event.", "2025-06-18"),
        ("Time: 20260408_08:38\nAlice: hello", "2026-04-08"),
        ("Title\nJune 16, 2025\n", "2025-06-16"),
        ("Published: 3rd March 2024\n", "2024-03-03"),
        ("BEIJING, June 16, 2025 /PRNewswire/ -- It began.", "2025-06-16"),
        ("NEW YORK, Sept. 1, 2024 (Reuters) - It began.", "2024-09-01"),
        ("通知\n2024年3月5日\n", "2024-03-05"),
        ("View of the city, July 3, 2024. It was a fine day.", None),
        ("On June 17, 2025 it began.", None),
        ("2025-13-45\n", None),
        ("Order 20250616\n", None),
        ("", None),
    ],
)
def test_only_a_date_that_stands_at_the_head_is_taken(text: str, date: str | None) -> None:
    assert stated_date(split_lines(text)) == date


def test_a_date_behind_the_beginning_of_the_body_is_not_taken() -> None:
    assert stated_date(split_lines("word " * 50 + "\n2025-06-16\n")) is None
