"""Progress of an ingest or an evaluation, with its rate and the time that is left: a bar on a
terminal, a line a second in a log, nothing for programs.

Nothing is shown, and nothing of it imported, before a run has lasted a moment: most runs find
nothing to do.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

from api.terminal import harmless

if TYPE_CHECKING:
    from rich.progress import Progress


class Step(Protocol):
    """How far something is: `done` of `total` (None while unknown), and what is at hand."""

    @property
    def stage(self) -> str: ...

    @property
    def done(self) -> int: ...

    @property
    def total(self) -> int | None: ...

    @property
    def path(self) -> str | None: ...


OnProgress = Callable[[Step], None]
QUIET_S = 0.3
INTERVAL_S = 1.0
SURE_AFTER_S = 1.0


def _show_nothing(progress: Step) -> None:
    pass


class Pace:
    """How fast the stages go, and how long each will take."""

    def __init__(self) -> None:
        self._begun: dict[str, tuple[float, int]] = {}

    def of(self, progress: Step, now: float) -> str:
        """As `12.5/s, 0:34 left`; empty before there is anything to go by.

        Args:
            progress: Of a stage; each has a pace of its own.
            now: Seconds, from any origin.
        """
        begun, first = self._begun.setdefault(progress.stage, (now, progress.done))
        elapsed_s, done = now - begun, progress.done - first
        if elapsed_s < SURE_AFTER_S or done <= 0:
            return ""
        rate = done / elapsed_s
        said = f"{rate:.0f}/s" if rate >= 10 else f"{rate:.1f}/s"
        if progress.total is None:
            return said
        left_s = round((progress.total - progress.done) / rate)
        minutes, seconds = divmod(max(left_s, 0), 60)
        hours, minutes = divmod(minutes, 60)
        left = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
        return f"{said}, {left} left"


@contextmanager
def shown_progress(stream: TextIO | None = None, *, quiet: bool = False) -> Iterator[OnProgress]:
    """A callback that shows progress on a stream (standard error), fit for what it leads to;
    nothing where it is to be quiet.
    """
    if quiet:
        yield _show_nothing
        return
    out = stream or sys.stderr
    if not out.isatty():
        yield LineProgress(out, time.monotonic)
        return
    bar = BarProgress(time.monotonic)
    try:
        yield bar
    finally:
        bar.close()


class LineProgress:
    """Writes at most one line a second.

    Args:
        out: Where to.
        clock: Seconds, from any origin.
    """

    def __init__(self, out: TextIO, clock: Callable[[], float]) -> None:
        self._out = out
        self._clock = clock
        self._pace = Pace()
        self._next_at = clock() + INTERVAL_S

    def __call__(self, progress: Step) -> None:
        now = self._clock()
        pace = self._pace.of(progress, now)
        if now < self._next_at:
            return
        self._next_at = now + INTERVAL_S
        total = f" of {progress.total}" if progress.total is not None else ""
        path = f": {harmless(progress.path)}" if progress.path else ""
        pace = f" ({pace})" if pace else ""
        self._out.write(f"{progress.stage} {progress.done}{total}{pace}{path}\n")
        self._out.flush()


class BarProgress:
    """A bar for each stage, drawn by rich on standard error.

    Args:
        clock: Seconds, from any origin.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._pace = Pace()
        self._quiet_until = clock() + QUIET_S
        self._bar: Progress | None = None
        self._tasks: dict[str, int] = {}

    def __call__(self, progress: Step) -> None:
        now = self._clock()
        pace = self._pace.of(progress, now)
        if self._bar is None:
            if now < self._quiet_until:
                return
            self._bar = _started_bar()
        if progress.stage not in self._tasks:
            self._tasks[progress.stage] = int(self._bar.add_task(progress.stage, path="", pace=""))
        from rich.progress import TaskID

        self._bar.update(
            TaskID(self._tasks[progress.stage]),
            completed=progress.done,
            total=progress.total,
            path=harmless(progress.path or "")[-40:],
            pace=pace,
        )

    def close(self) -> None:
        """Leaves the last state on the screen."""
        if self._bar is not None:
            self._bar.stop()


def _started_bar() -> "Progress":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from api.terminal import make_console

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}", markup=False),
        TextColumn("{task.fields[path]}", markup=False),
        console=make_console(stderr=True),
        transient=True,
    )
    bar.start()
    return bar
