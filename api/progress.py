"""Progress of an ingest or an evaluation: a bar on a terminal, a line a second in a log, nothing
for programs.

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


@contextmanager
def shown_progress(stream: TextIO | None = None) -> Iterator[OnProgress]:
    """A callback that shows progress on a stream (standard error), fit for what it leads to."""
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
        self._next_at = clock() + INTERVAL_S

    def __call__(self, progress: Step) -> None:
        now = self._clock()
        if now < self._next_at:
            return
        self._next_at = now + INTERVAL_S
        total = f" of {progress.total}" if progress.total is not None else ""
        path = f": {harmless(progress.path)}" if progress.path else ""
        self._out.write(f"{progress.stage} {progress.done}{total}{path}\n")
        self._out.flush()


class BarProgress:
    """A bar for each stage, drawn by rich on standard error.

    Args:
        clock: Seconds, from any origin.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._quiet_until = clock() + QUIET_S
        self._bar: Progress | None = None
        self._tasks: dict[str, int] = {}

    def __call__(self, progress: Step) -> None:
        if self._bar is None:
            if self._clock() < self._quiet_until:
                return
            self._bar = _started_bar()
        if progress.stage not in self._tasks:
            self._tasks[progress.stage] = int(self._bar.add_task(progress.stage, path=""))
        from rich.progress import TaskID

        self._bar.update(
            TaskID(self._tasks[progress.stage]),
            completed=progress.done,
            total=progress.total,
            path=harmless(progress.path or "")[-40:],
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
        TextColumn("{task.fields[path]}", markup=False),
        console=make_console(stderr=True),
        transient=True,
    )
    bar.start()
    return bar
