"""One process that reads files, seen from outside: started when first needed, killed when a file
takes too long, replaced when it dies of one.
"""

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from pathlib import Path

from rag.errors import IngestError
from rag.ingest.parsing.tasks import MIB, Failed, Outcome, ParseLimits, Task
from rag.ingest.parsing.worker import READY

_BOOT = "import sys; sys.path[:] = sys.argv[1:]; from rag.ingest.parsing.worker import main; main()"
_START_S = 60.0
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


class ParserProcess:
    """Reads one file at a time; used by one thread at a time, and closed by any."""

    def __init__(self, limits: ParseLimits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._changing = threading.Lock()

    def run(self, task: Task) -> Outcome:
        """The outcome of a task; a process that is lost over it costs this task only.

        Raises:
            IngestError: No process can be started.
        """
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        timed_out = threading.Event()

        def give_up() -> None:
            timed_out.set()
            _kill(process)

        timer = threading.Timer(self._limits.timeout_s, give_up)
        timer.daemon = True
        timer.start()
        try:
            pickle.dump(task, process.stdin, protocol=5)
            process.stdin.flush()
            answer: tuple[Outcome, bool] = pickle.load(process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError, ValueError):
            self._end(process)
            if timed_out.is_set():
                return Failed(f"It took longer than {self._limits.timeout_s:g} s to read.")
            return Failed(_death(process.returncode, self._limits))
        finally:
            timer.cancel()
        outcome, is_spent = answer
        if is_spent:
            self._end(process)
        return outcome

    def close(self) -> None:
        """Ends the process, whatever it is doing."""
        with self._changing:
            self._closed = True
            process = self._process
        if process is not None:
            self._end(process)

    def _running(self) -> "subprocess.Popen[bytes]":
        with self._changing:
            if self._closed:
                raise IngestError("Reading was stopped.", hint="Run the same command again.")
            process = self._process
            if process is not None and process.poll() is None:
                return process
            self._process = process = _started()
        assert process.stdin is not None and process.stdout is not None
        timer = threading.Timer(_START_S, _kill, (process,))
        timer.daemon = True
        timer.start()
        try:
            pickle.dump(self._limits, process.stdin, protocol=5)
            process.stdin.flush()
            is_ready = process.stdout.readline() == READY
        except OSError:
            is_ready = False
        finally:
            timer.cancel()
        if not is_ready:
            self._end(process)
            raise IngestError(
                "The process that reads files ended before it began"
                f" (exit code {process.returncode}).",
                hint="Raise QUOTH_PARSE_MEMORY_BYTES, if it was lowered.",
            )
        return process

    def _end(self, process: "subprocess.Popen[bytes]") -> None:
        _kill(process)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _started() -> "subprocess.Popen[bytes]":
    paths = [path or str(Path.cwd()) for path in sys.path]
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-c", _BOOT, *paths],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **dict.fromkeys(_ONE_THREAD, "1")},
            # Apart from the terminal's: Ctrl-C is for the parent.
            process_group=0 if os.name == "posix" else None,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    except OSError as exc:
        raise IngestError(
            f"No process can be started to read files: {exc.strerror or exc}.",
            hint="Free some memory, or allow this user more processes.",
        ) from exc


def _kill(process: "subprocess.Popen[bytes]") -> None:
    if os.name != "posix":
        process.kill()
        return
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _death(exit_code: int | None, limits: ParseLimits) -> str:
    if exit_code is None or exit_code >= 0:
        return f"The process that read it ended (exit code {exit_code})."
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = f"signal {-exit_code}"
    return (
        f"The process that read it died of it ({name}); it may need more than the "
        f"{limits.memory_bytes // MIB:,} MiB of memory that it may take."
    )
