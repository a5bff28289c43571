"""Several processes that answer on one socket, over one data folder, and the one that starts them.

A worker that dies is replaced. One that dies before it could answer anything would die again: then
all stop. When the parent is gone, however it went, its workers stop too.
"""

import logging
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from types import FrameType

from api.server import STOPPING
from embeddings.errors import QuothError
from rag.settings import Settings

logger = logging.getLogger(__name__)

Answer = Callable[[Settings, socket.socket, Callable[[], None]], None]
"""What a worker does: answers on the socket until SIGTERM, and says when it can."""

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Read by prometheus_client when a worker imports it."""

EXTRA_S = 5.0
"""How much longer than the settings' grace a worker may take to end before it is killed."""

LOOK_EVERY_S = 0.2


class Workers:
    """Keeps `settings.workers` processes going.

    Args:
        answer: What each does; importable by name.
        settings: The settings in force.
        listener: The socket that all of them answer on.
    """

    def __init__(self, answer: Answer, settings: Settings, listener: socket.socket) -> None:
        self._answer = answer
        self._settings = settings
        self._listener = listener
        self._workers: list[_Worker] = []
        self._is_told_to_stop = threading.Event()

    def run(self, on_ready: Callable[[], None]) -> bool:
        """Blocks until a signal stops the workers, or they cannot start. A second signal kills
        them, and this process with them.

        Args:
            on_ready: Called once when all of them answer.

        Returns:
            Whether they ran until they were told to stop.
        """
        folder = tempfile.mkdtemp(prefix="quoth-metrics-")
        os.environ[METRICS_FOLDER] = folder

        def on_signal(sig: int, frame: FrameType | None) -> None:
            if self._is_told_to_stop.is_set():
                for worker in self._workers:
                    worker.process.kill()
                shutil.rmtree(folder, ignore_errors=True)
                os._exit(128 + sig)
            self._is_told_to_stop.set()

        before = {each: signal.signal(each, on_signal) for each in STOPPING}
        try:
            self._workers = [self._started() for _ in range(self._settings.workers)]
            return self._watch(on_ready)
        finally:
            self._stop()
            for each, handler in before.items():
                signal.signal(each, handler)
            del os.environ[METRICS_FOLDER]
            shutil.rmtree(folder, ignore_errors=True)

    def _started(self) -> "_Worker":
        # Ctrl-C reaches every process of a terminal, and a new one before it can decline it.
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            return _Worker(self._answer, self._settings, self._listener)
        finally:
            signal.signal(signal.SIGINT, handler)

    def _watch(self, on_ready: Callable[[], None]) -> bool:
        announced = False
        while not self._is_told_to_stop.is_set():
            wait([worker.process.sentinel for worker in self._workers], LOOK_EVERY_S)
            for at, worker in enumerate(self._workers):
                if worker.process.is_alive() or self._is_told_to_stop.is_set():
                    continue
                worker.forget_figures()
                if not worker.is_ready():
                    return False
                logger.warning("%s; another one takes its place.", worker.end())
                self._workers[at] = self._started()
            if not announced and all(worker.is_ready() for worker in self._workers):
                announced = True
                on_ready()
        return True

    def _stop(self) -> None:
        for worker in self._workers:
            worker.process.terminate()
        deadline = time.monotonic() + self._settings.shutdown_grace_s + EXTRA_S
        for worker in self._workers:
            worker.process.join(max(0.0, deadline - time.monotonic()))
            if worker.process.is_alive():
                logger.warning("Worker %s did not end, and is killed.", worker.process.pid)
                worker.process.kill()
                worker.process.join()


class _Worker:
    """A process, and whether it answers yet."""

    def __init__(self, answer: Answer, settings: Settings, listener: socket.socket) -> None:
        context = multiprocessing.get_context("spawn")
        self._told, tell = context.Pipe(duplex=False)
        self.process = context.Process(target=_work, args=(answer, settings, listener, tell))
        self.process.start()
        tell.close()
        self._is_ready = False

    def is_ready(self) -> bool:
        if not self._is_ready and self._told.poll():
            try:
                self._is_ready = bool(self._told.recv())
            except EOFError:  # it died
                return False
        return self._is_ready

    def end(self) -> str:
        return f"Worker {self.process.pid} ended with {self.process.exitcode}"

    def forget_figures(self) -> None:
        """Takes what it had in flight out of the metrics."""
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(self.process.pid)  # type: ignore[no-untyped-call]


def _work(answer: Answer, settings: Settings, listener: socket.socket, tell: Connection) -> None:
    """The whole life of a worker process."""
    from api.logs import configure_logging

    configure_logging(settings.log_level, settings.log_format)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    code = 0
    try:
        answer(settings, listener, lambda: tell.send(True))
    except QuothError as exc:
        sys.stderr.write(f"{exc.message}\n{exc.hint}\n".replace("\n\n", "\n"))
        code = 1
    except Exception as exc:
        sys.stderr.write(f"Quoth failed with {type(exc).__name__}: {exc}. This is a bug.\n")
        logger.debug("A bug:", exc_info=True)
        code = 1
    sys.stderr.flush()
    logging.shutdown()
    # As in the command line: taking the libraries down one by one would only take time.
    os._exit(code)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
