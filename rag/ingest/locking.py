"""One ingest at a time into a data folder: a lock that dies with its process."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from rag.errors import IngestBusy, PermissionMissing

LOCK_NAME = "ingest.lock"


@contextlib.contextmanager
def ingest_lock(data_dir: Path, *, wait_s: float = 0) -> Iterator[None]:
    """Holds the lock of a data folder.

    Args:
        data_dir: The folder.
        wait_s: How long to wait for it, in seconds.

    Raises:
        IngestBusy: Another process, or another ingest in this one, holds it all that time.
        PermissionMissing: The lock's file cannot be made.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(data_dir / LOCK_NAME, timeout=wait_s, thread_local=False)
    try:
        lock.acquire()
    except Timeout as exc:
        raise IngestBusy(
            f"Another process is ingesting into {str(data_dir)!r}.",
            hint="Wait for it to finish, then run the same command again.",
        ) from exc
    except OSError as exc:
        raise PermissionMissing(
            f"The data folder {str(data_dir)!r} cannot be written: {exc.strerror}.",
            hint="Give this user the right to write there, or set QUOTH_DATA_DIR.",
        ) from exc
    try:
        yield
    finally:
        lock.release()
