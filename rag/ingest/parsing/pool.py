"""Several processes that read files at the same time, started as they are needed."""

import os
import queue
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from rag.ingest.parsing.processes import ParserProcess
from rag.ingest.parsing.tasks import Outcome, ParseLimits, Task


class ParserPool:
    """Reads files in processes of their own; nothing is started before the first task.

    A context manager: at its end the processes are gone, whatever they were doing.
    """

    def __init__(self, limits: ParseLimits) -> None:
        self.workers = limits.workers or _cores()
        self._limits = limits
        self._threads: ThreadPoolExecutor | None = None
        self._processes: list[ParserProcess] = []
        self._idle: queue.LifoQueue[ParserProcess] = queue.LifoQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def submit(self, task: Task) -> "Future[Outcome]":
        """The outcome of a task, in time; its `result` raises IngestError where no process can be
        started.
        """
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.workers, "parsing")
        return self._threads.submit(self._run, task)

    def run(self, task: Task) -> Outcome:
        """The outcome of a task.

        Raises:
            IngestError: No process can be started.
        """
        return self.submit(task).result()

    def close(self) -> None:
        """Ends all processes; what was submitted and is not done fails or is cancelled."""
        if self._threads is None:
            return
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in list(self._processes):
            process.close()
        self._threads.shutdown(wait=True)

    def _run(self, task: Task) -> Outcome:
        try:
            process = self._idle.get_nowait()
        except queue.Empty:
            process = ParserProcess(self._limits)
            self._processes.append(process)
        try:
            return process.run(task)
        finally:
            self._idle.put(process)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
