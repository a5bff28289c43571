"""The data folder: who may read it, how much room there is, and what was left lying in it."""

import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from rag.doctor.base import Check, Subject, counted, some
from rag.errors import IngestBusy
from rag.ingest.locking import ingest_lock
from rag.store.base import Generation
from rag.transfer_files import unfinished_imports
from rag.upload_files import managed_folder, stale_files

LEAST_FREE_BYTES = 200 * 2**20
_WRITTEN_S = 600.0
"""A temporary file that old is being written by nobody, in seconds."""

_READABLE_BY_ALL = stat.S_IROTH | stat.S_IWOTH


def check_permissions(subject: Subject) -> Iterator[Check]:
    """Whether this user can write the data folder, and strangers cannot read it."""
    folder = subject.data_dir.absolute()
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield Check(
            "permissions",
            False,
            f"{str(folder)!r} cannot be read and written by this user.",
            "Give this user the right, or set QUOTH_DATA_DIR.",
        )
    elif is_open_to_all(folder):
        yield Check(
            "permissions",
            False,
            f"Every user of this machine may read what is indexed in {str(folder)!r}.",
            "Run `quoth doctor --repair`, or take the right from the others with `chmod o-rwx`.",
            repairable=True,
        )
    else:
        yield Check("permissions", True, f"{str(folder)!r} can be written by this user.")


def is_open_to_all(folder: Path) -> bool:
    """Whether any user may read what is in a folder; False where a folder above is closed."""
    if os.name != "posix" or not folder.stat().st_mode & _READABLE_BY_ALL:
        return False
    return all(above.stat().st_mode & stat.S_IXOTH for above in (folder, *folder.parents))


def check_room(subject: Subject) -> Iterator[Check]:
    """Whether there is room for the next ingest."""
    free = shutil.disk_usage(subject.data_dir).free
    needed = max(LEAST_FREE_BYTES, subject.database.stat().st_size // 4)
    if free < needed:
        yield Check(
            "disk",
            False,
            f"{free / 2**20:,.0f} MiB are free where the index lies; an ingest may need "
            f"{needed / 2**20:,.0f}.",
            "Free some space, or move the data folder and set QUOTH_DATA_DIR.",
        )
        return
    yield Check("disk", True, f"{free / 2**30:,.1f} GiB are free.")


def check_leftovers(subject: Subject) -> Iterator[Check]:
    """What processes that were killed have left, and what a change of the model has outlived."""
    try:
        with nullcontext() if subject.locked else ingest_lock(subject.data_dir):
            generations = half_generations(subject)
            paths = leftovers(subject.data_dir, subject.index_dir, _serving(subject))
    except IngestBusy:
        yield Check("leftovers", True, "Not looked for: an ingest is running.")
        return
    if not paths and not generations:
        yield Check("leftovers", True, "Nothing was left lying; no ingest is running.")
        return
    found = [some([str(path.relative_to(subject.data_dir)) for path in paths])] if paths else []
    if generations:
        found.append(f"{counted(generations, 'generation')} that were never finished")
    yield Check(
        "leftovers",
        False,
        f"Left lying: {' and '.join(found)}.",
        "Run `quoth doctor --repair` to clear them away; an ingest goes on with what is half "
        "built.",
        repairable=True,
    )


def half_generations(subject: Subject) -> int:
    """How many generations neither serve nor are what the next ingest goes on with."""
    rows = subject.db.execute(
        "SELECT model, fingerprint, dimension, chunker FROM generations "
        "WHERE id <> (SELECT generation_id FROM state)"
    ).fetchall()
    if not rows:
        return 0
    wanted = subject.wanted()
    return sum(not Generation(*row).matches(wanted) for row in rows)


def leftovers(data_dir: Path, index_dir: Path, serving: int | None) -> list[Path]:
    """Files and folders that nobody will look at again; only true while the ingest lock is held."""
    found = [*unfinished_imports(data_dir), *stale_files(managed_folder(data_dir))]
    for folder in index_dir.glob("g*"):
        if folder.name == f"g{serving}":
            found += _left_in(folder)
        else:
            found.append(folder)
    return sorted(found)


def _left_in(folder: Path) -> list[Path]:
    from filelock import FileLock, Timeout

    now = time.time()
    files = [each for each in folder.glob(".*.tmp") if now - each.stat().st_mtime > _WRITTEN_S]
    try:
        with FileLock(folder / "lock", timeout=0):  # whoever holds it is writing such folders
            return [*files, *folder.glob("tmp-*"), *sorted(folder.glob("r*"), reverse=True)[1:]]
    except Timeout:
        return files


def _serving(subject: Subject) -> int | None:
    generation = subject.store.generation()
    return generation.id if generation else None
