from pathlib import Path

from tests.crash_slack import run


def test_a_killed_bot_answers_every_question_once(tmp_path: Path):
    counted = run(questions=20, kills=1, seed=6, folder=tmp_path)
    assert counted.answered_once == 20
