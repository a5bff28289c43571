"""Follows folders: each change is brought in a moment after it was made.

Only what changed is looked at, unless so much changed that looking at everything is quicker, or
something is gone: it may have another name by now, which the system has yet to tell. An error of
one sync is told and the next one goes on; a folder that is unmounted is waited for. The lock of the
data folder is held during a sync and not between two.
"""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from embeddings.errors import QuothError
from rag.errors import IngestBusy, IngestError, Interrupted, RootEmptied
from rag.ingest.ignoring import IGNORE_FILE
from rag.ingest.scan import is_storable
from rag.ingest.targets import absolute
from rag.store.base import Root
from rag.types import SyncReport

DEBOUNCE_MS = 200
"""Changes within this time are brought in together: a rename is a removal and an addition."""
STEP_MS = 50
SETTLE_S = 0.1
"""Waited for what else the system has to say of a change, which comes late where the machine is
busy.
"""
MANY_PARTS = 200
"""From so many changes on, a whole root is looked at."""
LOOK_S = 1.0
"""How often it is looked whether the folders are still there."""

OnSynced = Callable[[SyncReport | QuothError], None]
_Changes = set[Path]

logger = logging.getLogger(__name__)


class Syncing(Protocol):
    """What following needs of an ingestor."""

    def sync(self, paths: Sequence[Path] | None) -> SyncReport: ...

    def sync_parts(self, root: Root, parts: Sequence[str]) -> SyncReport: ...


def follow(ingestor: Syncing, roots: Sequence[Root], data_dir: Path, on_synced: OnSynced) -> None:
    """Brings in every change of the roots until it is interrupted.

    Args:
        ingestor: Brings them in.
        roots: To follow.
        data_dir: Left out, wherever it lies.
        on_synced: Told of each sync that changed something, and of each that failed.

    Raises:
        KeyboardInterrupt: The person stopped it.
        IngestError: The system does not say what changes.
    """
    watched = _Watched(roots, absolute(data_dir))
    syncing = _Telling(ingestor, on_synced)
    while True:
        with Watcher(watched.there()) as watcher:
            # What changed before the watcher looked, and what came or went.
            due = {Path(root.path) for root in roots}
            while not watched.has_come_or_gone():
                due = syncing.bring_in(watched, due) | watcher.changes(LOOK_S)


class _Telling:
    """Syncs what is due, and tells what came of it; the same error of a root once."""

    def __init__(self, ingestor: Syncing, on_synced: OnSynced) -> None:
        self._ingestor = ingestor
        self._on_synced = on_synced
        self._told: dict[int, str] = {}

    def bring_in(self, watched: "_Watched", due: _Changes) -> _Changes:
        """Returns what has to wait.

        Raises:
            KeyboardInterrupt: The person stopped it.
        """
        later: _Changes = set()
        for root, parts in watched.by_root(due):
            try:
                report = self._sync(root, parts)
            except Interrupted as exc:
                raise KeyboardInterrupt from exc
            except IngestBusy:
                logger.info("Another process is ingesting; trying again.")
                later |= {Path(root.path) / part for part in parts} or {Path(root.path)}
            except QuothError as exc:
                if self._told.get(root.id) != exc.message:
                    self._told[root.id] = exc.message
                    self._on_synced(exc)
            else:
                self._told.pop(root.id, None)
                if _says_something(report):
                    self._on_synced(report)
        return later

    def _sync(self, root: Root, parts: Sequence[str]) -> SyncReport:
        if not parts or len(parts) > MANY_PARTS or root.is_file:
            return self._ingestor.sync([Path(root.path)])
        if any(not os.path.lexists(Path(root.path) / part) for part in parts):
            with suppress(RootEmptied):  # what is known to be gone may leave no document
                return self._ingestor.sync([Path(root.path)])
        return self._ingestor.sync_parts(root, parts)


def _says_something(report: SyncReport) -> bool:
    counts = report.added + report.updated + report.moved + report.deleted
    return bool(counts or report.failed)


@dataclass(slots=True)
class _Watched:
    """The roots, and which of them are there."""

    roots: Sequence[Root]
    data_dir: Path
    _places: dict[int, tuple[int, int] | None] | None = None

    def there(self) -> list[Root]:
        """The roots that can be followed now; from now on a change of that is noticed."""
        self._places = {root.id: _place(root) for root in self.roots}
        return [root for root in self.roots if self._places[root.id] is not None]

    def has_come_or_gone(self) -> bool:
        """Whether a root is another folder than before, or is not there any more, or again."""
        return self._places is not None and any(
            _place(root) != self._places[root.id] for root in self.roots
        )

    def by_root(self, changes: Iterable[Path]) -> list[tuple[Root, list[str]]]:
        """The parts of each root that changed, none inside another; none means all of it."""
        found: dict[int, set[str]] = {}
        for path in sorted(changes):
            for root in self.roots:
                part = self._part(root, path)
                if part is not None:
                    found.setdefault(root.id, set()).add(part)
        return [
            (root, [] if "" in found[root.id] else _outermost(found[root.id]))
            for root in self.roots
            if root.id in found
        ]

    def _part(self, root: Root, path: Path) -> str | None:
        if path.is_relative_to(self.data_dir) and not root.managed:
            return None
        if not path.is_relative_to(root.path) or not is_storable(str(path)):
            return None
        part = path.relative_to(root.path)
        if part.name == IGNORE_FILE:
            part = part.parent
        if any(name.startswith(".") for name in part.parts):
            return None
        return "" if part == Path() else part.as_posix()


def _outermost(parts: set[str]) -> list[str]:
    kept: list[str] = []
    for part in sorted(parts, key=lambda part: part.split("/")):
        if not kept or not part.startswith(f"{kept[-1]}/"):
            kept.append(part)
    return kept


def _place(root: Root) -> tuple[int, int] | None:
    """What tells a folder from another one that is mounted over it; a file is looked for in its
    folder.
    """
    path = Path(root.path)
    try:
        status = (path.parent if root.is_file else path).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


class Watcher(AbstractContextManager["Watcher"]):
    """Collects what the system says of changes below folders, in threads of its own."""

    def __init__(self, roots: Sequence[Root]) -> None:
        folders = sorted({Path(root.path) for root in roots if not root.is_file})
        # An editor replaces a file; its folder sees that.
        parents = sorted({Path(root.path).parent for root in roots if root.is_file})
        self._found: queue.SimpleQueue[_Changes | IngestError] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._begun = threading.Semaphore(0)
        self._threads = [
            threading.Thread(target=self._listen, args=(paths, recursive), daemon=True)
            for paths, recursive in ((folders, True), (parents, False))
            if paths
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        for _ in self._threads:
            self._begun.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def changes(self, wait_s: float) -> _Changes:
        """What changed, as soon as something has; nothing after a time in which nothing has.

        Raises:
            IngestError: The system does not say what changes.
        """
        try:
            first = self._found.get(timeout=wait_s)
        except queue.Empty:
            return set()
        found = [first]
        time.sleep(SETTLE_S)
        while not self._found.empty():
            found.append(self._found.get())
        paths: _Changes = set()
        for each in found:
            if isinstance(each, IngestError):
                raise each
            paths |= each
        return paths

    def _listen(self, paths: Sequence[Path], recursive: bool) -> None:
        from watchfiles import watch
        from watchfiles._rust_notify import WatchfilesRustInternalError

        begun = False
        try:
            for changes in watch(
                *paths,
                watch_filter=None,
                debounce=DEBOUNCE_MS,
                step=STEP_MS,
                rust_timeout=STEP_MS,
                yield_on_timeout=True,
                stop_event=self._stop,
                raise_interrupt=False,
                recursive=recursive,
                ignore_permission_denied=True,
            ):
                if not begun:  # whatever changes from now on is told
                    begun = True
                    self._begun.release()
                if changes:
                    self._found.put({Path(path) for _, path in changes})
        except FileNotFoundError:
            logger.info("A folder went before it could be followed.")
        except (OSError, WatchfilesRustInternalError) as exc:
            error = IngestError(
                f"The system does not say what changes below {str(paths[0])!r}: {exc}.",
                hint="On Linux raise fs.inotify.max_user_watches; or set "
                "WATCHFILES_FORCE_POLLING=1 to look again and again.",
            )
            self._found.put(error)
        finally:
            if not begun:
                self._begun.release()
