"""The folder that uploads lie in: which names fit, and how its files change without ever being half
there.
"""

import contextlib
import errno
import os
import secrets
import shutil
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from rag.errors import DiskFull, PermissionMissing, StoreError, UploadInvalid, UploadTooLarge
from rag.ingest.targets import absolute

FOLDER_NAME = "uploads"
LONGEST_FILENAME = 255  # bytes in UTF-8: what the usual file systems take

_BLOCK_BYTES = 2**20
_INCOMING, _PREVIOUS = ".incoming-", ".previous-"
_STALE_AFTER_S = 24 * 3600.0
_UNUSABLE_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories: control characters, lone surrogates, line and paragraph separators."""


def managed_folder(data_dir: Path) -> Path:
    """Where uploads lie: an absolute path without links."""
    return absolute(data_dir / FOLDER_NAME)


def check_name(filename: str) -> None:
    """
    Raises:
        UploadInvalid: It is no name for a file in the folder.
    """
    if (
        not filename
        or filename.startswith(".")
        or any(sign in filename for sign in "/\\")
        or any(unicodedata.category(sign) in _UNUSABLE_CATEGORIES for sign in filename)
    ):
        raise UploadInvalid(
            f"A file cannot be called {filename[:LONGEST_FILENAME]!r} here.",
            hint="Give it a name without folders and control characters that begins with no dot.",
        )
    if len(filename.encode()) > LONGEST_FILENAME:
        raise UploadInvalid(
            f"The name {filename[:40] + '…'!r} is too long.",
            hint=f"A name may have up to {LONGEST_FILENAME} bytes in UTF-8.",
        )


def copy_in(content: BinaryIO, filename: str, folder: Path, max_bytes: int) -> Path:
    """Copies a file into the folder, under a hidden name that no scan looks at.

    Args:
        content: Read to its end, in blocks.
        filename: What it is called, for the error.
        folder: Made where it is missing.
        max_bytes: How many it may have.

    Returns:
        The copy, which is on the disk for good.

    Raises:
        UploadTooLarge: It has more bytes; no copy is left.
        StoreError: It cannot be written; no copy is left.
    """
    incoming = folder / f"{_INCOMING}{secrets.token_hex(8)}"
    try:
        with translated(folder):
            folder.mkdir(parents=True, exist_ok=True)
            _remove_stale(folder)
            with incoming.open("xb") as file:
                copied = 0
                while block := content.read(_BLOCK_BYTES):
                    copied += len(block)
                    if copied > max_bytes:
                        raise UploadTooLarge(
                            f"{filename!r} has more than the {max_bytes:,} bytes that are taken.",
                            hint="Split it, or raise QUOTH_MAX_UPLOAD_BYTES.",
                        )
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
    except BaseException:
        remove_quietly(incoming)
        raise
    return incoming


@contextlib.contextmanager
def put_in_place(incoming: Path, target: Path) -> Iterator[None]:
    """Gives a copy its name; inside, a failure puts back what had that name before, or nothing."""
    previous = target.parent / f"{_PREVIOUS}{secrets.token_hex(8)}"
    was_there = kind_of(target) is not None
    try:
        with translated(target.parent):
            if was_there:
                _keep_aside(target, previous)
            incoming.replace(target)
        try:
            _settle(target.parent)
            yield
        except BaseException:
            with contextlib.suppress(OSError):
                if was_there:
                    previous.replace(target)
                else:
                    target.unlink()
            raise
    finally:
        remove_quietly(previous)


def remove_quietly(path: Path) -> None:
    """Removes a file where that can be done."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def stale_files(folder: Path) -> list[Path]:
    """What processes that were killed have left in the folder."""
    found = []
    for path in folder.glob(".*-*"):
        if not path.name.startswith((_INCOMING, _PREVIOUS)):
            continue
        with contextlib.suppress(OSError):
            # A second name has the old time of change; only its status is as young as itself.
            if time.time() - path.lstat().st_ctime > _STALE_AFTER_S:
                found.append(path)
    return found


def kind_of(path: Path) -> int | None:
    """The mode of what stands there, a link itself; None where there is nothing."""
    with translated(path.parent):
        try:
            return path.lstat().st_mode
        except FileNotFoundError:
            return None


@contextlib.contextmanager
def translated(folder: Path) -> Iterator[None]:
    """Inside, an error of the file system becomes one of `rag.errors`."""
    try:
        yield
    except OSError as exc:
        if exc.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull(
                f"There is no room left in {str(folder)!r}.",
                hint="Free some space and send it again; nothing was lost.",
            ) from exc
        if exc.errno in (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL):
            raise UploadInvalid(
                f"The file system takes no file of that name: {exc.strerror}.",
                hint="Give it a shorter and simpler name.",
            ) from exc
        if exc.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise PermissionMissing(
                f"{str(folder)!r} cannot be written: {exc.strerror}.",
                hint="Give the user of the server the right to write there.",
            ) from exc
        raise StoreError(
            f"{str(folder)!r} cannot be used: {exc.strerror or exc}.",
            hint="Check the disk that it is on, then send it again.",
        ) from exc


def _keep_aside(target: Path, previous: Path) -> None:
    """Gives a file a second name, so that it is there throughout."""
    try:
        os.link(target, previous, follow_symlinks=False)
    except (OSError, NotImplementedError):  # not every file system has hard links
        shutil.copy2(target, previous, follow_symlinks=False)


def _settle(folder: Path) -> None:
    """Lets a new name outlast a power failure, where the system can do that for a folder."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove_stale(folder: Path) -> None:
    for path in stale_files(folder):
        remove_quietly(path)
