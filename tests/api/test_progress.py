import io
from collections.abc import Iterator

from api.progress import LineProgress, Pace
from rag.types import SyncProgress, SyncStage


def progress_at(times: list[float], *steps: SyncProgress) -> str:
    clock: Iterator[float] = iter([0.0, *times])
    out = io.StringIO()
    show = LineProgress(out, lambda: next(clock))
    for step in steps:
        show(step)
    return out.getvalue()


def reading(done: int, path: str | None = "a.txt") -> SyncProgress:
    return SyncProgress(SyncStage.READING, done, 10, path)


def test_a_short_run_prints_nothing() -> None:
    assert progress_at([0.1, 0.9], reading(1), reading(2)) == ""


def test_a_long_run_prints_a_line_a_second_at_most() -> None:
    shown = progress_at([1.0, 1.5, 2.1], reading(1), reading(2), reading(3))
    assert shown == "reading 1 of 10: a.txt\nreading 3 of 10 (1.8/s, 0:04 left): a.txt\n"


def test_the_time_left_is_said_in_hours_where_it_is_that_long() -> None:
    pace = Pace()
    assert pace.of(SyncProgress(SyncStage.READING, 0, 100_000), 5.0) == ""
    said = pace.of(SyncProgress(SyncStage.READING, 200, 100_000), 15.0)
    assert said == "20/s, 1:23:10 left"


def test_each_stage_has_a_pace_of_its_own() -> None:
    pace = Pace()
    pace.of(SyncProgress(SyncStage.READING, 0, 10), 0.0)
    assert pace.of(SyncProgress(SyncStage.ENCODING, 500, None), 60.0) == ""
    assert pace.of(SyncProgress(SyncStage.ENCODING, 800, None), 62.0) == "150/s"


def test_an_unknown_total_is_left_out() -> None:
    assert progress_at([2.0], SyncProgress(SyncStage.SCANNING, 4, None)) == "scanning 4\n"


def test_a_path_cannot_command_the_terminal() -> None:
    assert "\x1b" not in progress_at([2.0], reading(1, "\x1b[31m.txt"))
