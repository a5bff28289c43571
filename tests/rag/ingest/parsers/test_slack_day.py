import pytest

from rag.ingest.parsers.json_values import JsonParser
from tests.rag.ingest.parsers.fixtures import parsed, place_of


def test_a_day_says_who_said_what_with_replies_in_their_threads() -> None:
    day = parsed("slack_day.json")
    assert (day.title, day.date) == ("Messages of 2024-03-01", "2024-03-01")
    assert day.text.split("\n\n") == [
        "Anna Keller (10:00): When does the #harbour office open?",
        "↳ Ben Okoro (10:02): @Anna Keller it opens at seven in summer.",
        "Chen Li (10:01): Lunch is at the usual place (https://example.org/menu) & at noon.",
    ]
    assert place_of(day, "it opens at seven") == "message of 2024-03-01 10:02"


@pytest.mark.parametrize(
    "message",
    [
        '{"type": "message", "ts": "x", "text": 5, "files": [1], "attachments": {"a": 1}}',
        '{"type": "message", "ts": "9e99", "text": "<@U1|<b>", "user_profile": []}',
        '{"type": "message", "ts": null, "thread_ts": 3}, null, 7',
    ],
)
def test_messages_of_odd_shapes_cost_nothing(message: str) -> None:
    JsonParser().parse(f"[{message}]".encode()).text.encode()
