"""Where an import is prepared, and how it takes the place of what was there.

Everything is made ready in a hidden folder of the data folder. Renaming the database out of it is
the moment of the change: before it the old data is whole, and after it what is left to do (the
uploads' folder) can be done by anybody who finds the folder.
"""

import secrets
import shutil
from pathlib import Path

from rag.store.swapping import put_in_place
from rag.upload_files import managed_folder

_PREFIX = ".import-"
_PREPARED, _UPLOADS, _OLD_UPLOADS = "uploads.part", "uploads", "old-uploads"
STAGED_DATABASE = "index.sqlite3"


def make_staging(data_dir: Path) -> Path:
    """A new folder to prepare an import in, with one for uploads in it."""
    staging = data_dir / f"{_PREFIX}{secrets.token_hex(8)}"
    (staging / _PREPARED).mkdir(parents=True)
    return staging


def staged_uploads(staging: Path) -> Path:
    """The folder for uploads of an import that is being prepared."""
    return staging / _PREPARED


def unfinished_imports(data_dir: Path) -> list[Path]:
    """Folders of imports that were stopped; of a running one too, unless the lock is held."""
    return sorted(data_dir.glob(f"{_PREFIX}*"))


def finish_imports(data_dir: Path) -> int:
    """Brings imports to an end that were stopped after the change, and clears those away that were
    stopped before it; returns how many were brought to an end.
    """
    finished = 0
    for staging in unfinished_imports(data_dir):
        if (staging / _UPLOADS).is_dir() and not (staging / STAGED_DATABASE).exists():
            _move_uploads(staging, data_dir)
            finished += 1
        shutil.rmtree(staging, ignore_errors=True)
    return finished


def change_over(staging: Path, database: Path, index_dir: Path, data_dir: Path) -> None:
    """Puts what was prepared in the place of what is there, whose database nobody has open."""
    # With this name beside the database it is ready, and without the database it is under way.
    (staging / _PREPARED).rename(staging / _UPLOADS)
    # First the index: it must never be taken for one of the new database.
    shutil.rmtree(index_dir, ignore_errors=True)
    put_in_place(staging / STAGED_DATABASE, database)
    _move_uploads(staging, data_dir)
    shutil.rmtree(staging, ignore_errors=True)


def _move_uploads(staging: Path, data_dir: Path) -> None:
    there = managed_folder(data_dir)
    if not (staging / _UPLOADS).is_dir():
        return
    if there.exists():
        there.rename(staging / _OLD_UPLOADS)
    (staging / _UPLOADS).rename(there)
