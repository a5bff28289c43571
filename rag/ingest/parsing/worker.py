"""A process that reads files for another one: tasks come over standard input, outcomes go out over
what was standard output, both pickled.

It ends with its parent, whenever and however that ends, in the middle of a file too; and it is
ended by it when a file takes too long. What a parser prints goes nowhere.
"""

import contextlib
import os
import pickle
import queue
import signal
import sys
import threading
from typing import BinaryIO

from rag.ingest.parsing.carrying_out import carry_out
from rag.ingest.parsing.tasks import MIB, Failed, Outcome, ParseLimits, Task

READY = b"quoth\n"
_SPARE_CPU_S = 10


def main() -> None:
    """Serves tasks until standard input ends."""
    incoming = sys.stdin.buffer
    outgoing = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    limits: ParseLimits = pickle.load(incoming)
    _limit_memory(limits.memory_bytes)
    tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(incoming, tasks), daemon=True).start()
    outgoing.write(READY)
    outgoing.flush()
    while True:
        task = tasks.get()
        _limit_cpu(limits.timeout_s)
        pickle.dump(_outcome(task, limits), outgoing, protocol=5)
        outgoing.flush()


def _outcome(task: Task, limits: ParseLimits) -> tuple[Outcome, bool]:
    """The outcome, and whether the process had better be replaced."""
    try:
        return carry_out(task), False
    except MemoryError:
        reason = f"It takes more than {limits.memory_bytes // MIB:,} MiB of memory to read."
        return Failed(reason), True


def _receive(incoming: BinaryIO, tasks: "queue.SimpleQueue[Task]") -> None:
    """Hands tasks on; the end of the pipe is the end of the parent."""
    while True:
        try:
            tasks.put(pickle.load(incoming))
        except (EOFError, pickle.UnpicklingError, OSError):
            _end()


def _end() -> None:
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # with what a parser started, as an OCR
    os._exit(0)


def _limit_memory(limit_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit; the time limit stands
        return
    # Address space that is only reserved does no harm, where the system can tell.
    kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    _, hardest = resource.getrlimit(kind)
    limit = limit_bytes if hardest == resource.RLIM_INFINITY else min(limit_bytes, hardest)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (limit, hardest))


def _limit_cpu(timeout_s: float) -> None:
    """Ends a parser that spins where neither the parent nor a thread of ours can stop it."""
    try:
        import resource
    except ImportError:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cores = os.cpu_count() or 1
    until = int(usage.ru_utime + usage.ru_stime + timeout_s * cores) + _SPARE_CPU_S
    _, hardest = resource.getrlimit(resource.RLIMIT_CPU)
    if hardest == resource.RLIM_INFINITY or until < hardest:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CPU, (until, hardest))
