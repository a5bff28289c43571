import pytest

from rag.ingest.quotable import is_quotable


@pytest.mark.parametrize(
    "sentence",
    [
        "Employees have leave.",
        "- Passport",
        "3. Visa",
        "Alice: yes",
        "| Fee | 20 |",
        "员工应当遵守规章制度。",
        "Afghanistan is near",
    ],
)
def test_what_says_something_may_be_quoted(sentence: str) -> None:
    assert is_quotable(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "12345",
        "text",
        "|---|---|",
        "```python",
        "* * *",
        "- 5",
        "2025-06-16",
        "June 16, 2025",
        "Time: 20260408_08:38",
        "BEIJING, June 17, 2025 /PRNewswire/ --",
    ],
)
def test_what_only_frames_is_not_quoted(sentence: str) -> None:
    assert not is_quotable(sentence)
