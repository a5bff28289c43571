import pytest

from api.slack.rendering.actions import (
    FEEDBACK,
    HELPFUL,
    NOT_HELPFUL,
    PASSAGE,
    RETRY,
    Pressed,
    passage_value,
    pressed,
    rating_value,
)


@pytest.mark.parametrize(
    "action_id, value, meant",
    [
        (HELPFUL, "ans_1", Pressed("ans_1", rating="up")),
        (NOT_HELPFUL, "ans_1", Pressed("ans_1", rating="down")),
        (FEEDBACK, rating_value("ans_1", "up"), Pressed("ans_1", rating="up")),
        (FEEDBACK, rating_value("ans_1", "down"), Pressed("ans_1", rating="down")),
        (f"{PASSAGE}:12", passage_value("ans_1", 12), Pressed("ans_1", number=12)),
        (RETRY, "any key", Pressed("any key")),
        (FEEDBACK, "nonsense here", Pressed("nonsense here")),
        (f"{PASSAGE}:1", "ans_1 ²", Pressed("ans_1 ²")),
    ],
)
def test_a_button_says_what_it_is_about(action_id: str, value: str, meant: Pressed) -> None:
    assert pressed(action_id, value) == meant
