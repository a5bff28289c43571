"""The manifest of an exported index: what is in the file, and what it is checked against."""

import json
import tarfile
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from rag.errors import StoreTooNew, TransferInvalid, UploadInvalid
from rag.store.copying import SCHEMA
from rag.transfer_files import STAGED_DATABASE
from rag.upload_files import check_name

FORMAT = 1
MANIFEST = "manifest.json"
_LARGEST_BYTES = 64 * 2**20
_UPLOADS = "uploads/"


@dataclass(frozen=True, slots=True)
class Part:
    """A file in the export.

    Attributes:
        size: In bytes.
        mtime_ns: When it was changed, in nanoseconds since 1970.
    """

    name: str
    size: int
    sha256: str
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export holds.

    Attributes:
        version: Of the Quoth that wrote it.
        schema: Of its database.
        model: That its vectors are from; None where nothing is indexed.
        conversations: Whether what was said is in it.
        roots: The folders that its documents came from.
    """

    version: str
    schema: int
    created_at: str
    model: str | None
    documents: int
    chunks: int
    revision: int
    conversations: bool
    roots: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts)

    def to_json(self) -> str:
        """As it stands in the file."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1)


def read_manifest(archive: tarfile.TarFile, source: Path) -> Manifest:
    """The manifest of an export, which is its first entry.

    Raises:
        TransferInvalid: It is no export.
        StoreTooNew: A newer Quoth has written it.
    """
    first = archive.next()
    file = archive.extractfile(first) if first is not None and first.isreg() else None
    if first is None or file is None or first.name != MANIFEST or first.size > _LARGEST_BYTES:
        raise _no_export(source)
    try:
        values = json.loads(file.read())
        _refuse_newer(int(values.pop("format")), int(values["schema"]), source)
        return _manifest(values)
    except (ValueError, KeyError, TypeError, AttributeError, UploadInvalid) as exc:
        raise _no_export(source) from exc


def upload_path(name: str) -> PurePosixPath:
    """Where a part lies below the folder for uploads.

    Raises:
        UploadInvalid: It would lie elsewhere, or has a name that no upload may have.
    """
    below = name.removeprefix(_UPLOADS)
    for part in below.split("/"):
        check_name(part)
    return PurePosixPath(below)


def _manifest(values: dict[str, Any]) -> Manifest:
    parts = tuple(Part(**part) for part in values.pop("parts"))
    manifest = Manifest(**{**values, "roots": tuple(values["roots"])}, parts=parts)
    names = [part.name for part in parts]
    if len(set(names)) != len(names) or STAGED_DATABASE not in names:
        raise ValueError("parts")
    for part in parts:
        if not (isinstance(part.size, int) and isinstance(part.mtime_ns, int) and part.size >= 0):
            raise ValueError("size")
        if part.name != STAGED_DATABASE:
            if not part.name.startswith(_UPLOADS):
                raise ValueError("name")
            upload_path(part.name)
    return manifest


def _refuse_newer(file_format: int, schema: int, source: Path) -> None:
    if file_format > FORMAT or schema > SCHEMA:
        raise StoreTooNew(
            f"{source.name!r} was exported by a newer Quoth (format {file_format}, schema "
            f"{schema}; this one knows {FORMAT} and {SCHEMA}).",
            hint="Import it with that Quoth or a newer one.",
        )


def _no_export(source: Path) -> TransferInvalid:
    return TransferInvalid(
        f"{str(source)!r} is no export of Quoth's, or it is damaged.",
        hint="Name a file that `quoth export` wrote.",
    )
