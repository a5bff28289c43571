"""An index as one file: written here, and brought in on another machine.

The file is an uncompressed tar: `manifest.json` first, then the database, then the uploads. The
manifest gives every part's size and sha256; what it does not name is not taken. What a search needs
besides is built from the database, without the model.
"""

import errno
import hashlib
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rag.errors import (
    DiskFull,
    IndexExists,
    PathNotFound,
    PermissionMissing,
    StoreError,
    TransferInvalid,
)
from rag.ingest.locking import ingest_lock
from rag.store.copying import copy_out, prepare_arrival
from rag.store.swapping import fold_log, require_alone
from rag.transfer_files import (
    STAGED_DATABASE,
    change_over,
    finish_imports,
    make_staging,
    staged_uploads,
)
from rag.transfer_manifest import (
    Manifest,
    Part,
    read_manifest,
    upload_path,
)
from rag.transfer_writing import OnBytes, is_export, manifest_of, uploads_in, write_export
from rag.upload_files import managed_folder

LOCK_WAIT_S = 30.0
_BLOCK_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Transfer:
    """Exports and imports one data folder.

    Attributes:
        migrate: Brings the store to this version's schema.
        refresh_index: Builds the index's files from the store.
    """

    data_dir: Path
    database: Path
    index_dir: Path
    version: str
    migrate: Callable[[], None]
    refresh_index: Callable[[], None]

    def export_to(
        self, target: Path, *, with_conversations: bool = False, on_bytes: OnBytes | None = None
    ) -> Manifest:
        """Writes the index into one file; servers go on answering meanwhile.

        Args:
            target: An earlier export there is replaced, when the new one is whole.
            with_conversations: Whether what was asked and answered goes with it. Keys never do.
            on_bytes: Told how far it is.

        Raises:
            NothingIndexed: There is no index.
            TransferInvalid: Something else stands at the target.
            IngestBusy: An ingest is running.
            StoreError: It cannot be written; an earlier export is kept.
        """
        self.migrate()
        if target.exists() and not is_export(target):
            raise TransferInvalid(
                f"{str(target)!r} is there already, and is no export of Quoth's.",
                hint="Name another file.",
            )
        part, copy = (
            target.with_name(f".{target.name}.part"),
            target.with_name(f".{target.name}.db"),
        )
        try:
            with _translated(target), ingest_lock(self.data_dir, wait_s=LOCK_WAIT_S):
                for leftover in (part, copy):
                    leftover.unlink(missing_ok=True)
                copy_out(self.database, copy, with_conversations=with_conversations)
                files = {STAGED_DATABASE: copy, **uploads_in(managed_folder(self.data_dir))}
                manifest = manifest_of(files, copy, self.version, with_conversations)
                write_export(part, manifest, files, on_bytes or _ignore)
                part.replace(target)
        finally:
            for leftover in (part, copy):
                with suppress(OSError):
                    leftover.unlink(missing_ok=True)
        return manifest

    def import_from(
        self, source: Path, *, replace: bool = False, on_bytes: OnBytes | None = None
    ) -> Manifest:
        """Brings in an exported index. Its folders are on another machine until they are ingested
        here; conversations, feedback and keys of this machine are kept.

        Args:
            source: What `export_to` wrote.
            replace: Whether to give up the index that is here.
            on_bytes: Told how far it is.

        Raises:
            PathNotFound: There is no such file.
            TransferInvalid: It is no export, or it is damaged.
            StoreTooNew: A newer Quoth has written it.
            IndexExists: There is an index here, and it is not to be replaced.
            IngestBusy, StoreBusy: Another process works with the index that is here.
            StoreError: It cannot be written. As with all the others, what is here is as it was.
        """
        with _opened(source) as (archive, manifest):
            if self.database.exists() and not replace:
                raise IndexExists(
                    f"There is an index in {str(self.data_dir)!r} already.",
                    hint="Use --replace to give it up for the imported one; conversations, "
                    "feedback and keys are kept either way.",
                )
            with _translated(self.data_dir):
                self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
                with ingest_lock(self.data_dir):
                    self._import(archive, manifest, on_bytes or _ignore)
        self.refresh_index()
        return manifest

    def _import(self, archive: tarfile.TarFile, manifest: Manifest, on_bytes: OnBytes) -> None:
        if self.database.exists():
            require_alone(self.database)
            self.migrate()
        finish_imports(self.data_dir)
        if shutil.disk_usage(self.data_dir).free < manifest.size:
            raise DiskFull(
                f"There is no room for the {manifest.size / 2**20:,.0f} MiB of the import.",
                hint="Free some space and run the same command again; nothing was changed.",
            )
        staging = make_staging(self.data_dir)
        try:
            _extract(archive, manifest, staging, on_bytes)
            here = self.database if self.database.exists() else None
            prepare_arrival(staging / STAGED_DATABASE, here)
            if here is not None:
                fold_log(here)
            change_over(staging, self.database, self.index_dir, self.data_dir)
        except BaseException:
            if (staging / STAGED_DATABASE).exists():  # else the change has begun
                shutil.rmtree(staging, ignore_errors=True)
            raise


@contextmanager
def _opened(source: Path) -> Iterator[tuple[tarfile.TarFile, Manifest]]:
    try:
        raw = source.open("rb")
    except FileNotFoundError as exc:
        raise PathNotFound(
            f"{str(source)!r} does not exist.", hint="Name a file that `quoth export` wrote."
        ) from exc
    except OSError as exc:
        raise PermissionMissing(
            f"{str(source)!r} cannot be read: {exc.strerror}.", hint="Correct its permissions."
        ) from exc
    with raw:
        try:
            with tarfile.open(fileobj=raw, mode="r:") as archive:
                manifest = read_manifest(archive, source)
                if manifest.size > source.stat().st_size:
                    raise _damaged(source.name, "it is shorter than its parts")
                yield archive, manifest
        except tarfile.TarError as exc:
            raise _damaged(source.name, str(exc)) from exc


def _extract(
    archive: tarfile.TarFile, manifest: Manifest, staging: Path, on_bytes: OnBytes
) -> None:
    """Every part that the manifest names, and nothing else."""
    expected = {part.name: part for part in manifest.parts}
    done = 0
    while (entry := archive.next()) is not None:
        part = expected.pop(entry.name, None)
        content = archive.extractfile(entry) if entry.isreg() else None
        if part is None or content is None or entry.size != part.size:
            raise _damaged(entry.name, "the manifest names no such part")
        target = staging / STAGED_DATABASE
        if part.name != STAGED_DATABASE:
            target = staged_uploads(staging) / upload_path(part.name)
            target.parent.mkdir(parents=True, exist_ok=True)
        _copy(content, target, part)
        done += part.size
        on_bytes(done, manifest.size)
    if expected:
        raise _damaged(next(iter(expected)), "it is not there")


def _copy(content: IO[bytes], target: Path, part: Part) -> None:
    digest = hashlib.sha256()
    with target.open("xb") as file:
        target.chmod(0o600)
        while block := content.read(_BLOCK_BYTES):
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != part.sha256:
        raise _damaged(part.name, "its sha256 is not the one in the manifest")
    os.utime(target, ns=(part.mtime_ns, part.mtime_ns))


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        if exc.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull(
                f"There is no room left for {str(folder)!r}.",
                hint="Free some space and run the same command again; nothing was changed.",
            ) from exc
        if exc.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR):
            raise PermissionMissing(
                f"{str(folder)!r} cannot be written: {exc.strerror}.",
                hint="Name a folder that is there and that this user may write to.",
            ) from exc
        raise StoreError(
            f"{str(folder)!r} cannot be used: {exc.strerror or exc}.", hint="Check its disk."
        ) from exc


def _damaged(name: str, why: str) -> TransferInvalid:
    return TransferInvalid(
        f"The export is damaged at {name!r}: {why}.", hint="Copy it again, or export it again."
    )


def _ignore(done: int, total: int) -> None:
    pass
