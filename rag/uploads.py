"""Documents that are handed to Quoth itself: taken in, and removed.

They lie as files in one folder of the data folder, which is a root of the store like any other, so
that the same ingest reads them. Invariants: a file there is whole, old or new, whenever the process
is killed; an upload that fails leaves the file and the documents that were there before; nothing
outside that folder is ever deleted.
"""

import contextlib
import logging
import stat
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from embeddings.errors import QuothError
from rag.errors import (
    DocumentExists,
    DocumentSynced,
    FileUnreadable,
    IngestBusy,
    UploadUnsupported,
)
from rag.ingest.locking import ingest_lock
from rag.ingest.plan import ParserFor
from rag.ingest.sync import Ingestor
from rag.store.base import DocumentEntry, DocumentStore
from rag.types import Document
from rag.upload_files import (
    check_name,
    copy_in,
    kind_of,
    managed_folder,
    put_in_place,
    remove_quietly,
    translated,
)

WAIT_S = 30.0

logger = logging.getLogger(__name__)


class Uploads:
    """What was uploaded; safe to share between threads and processes, one change at a time.

    Args:
        store: The documents.
        ingestor: Brings files into the store.
        data_dir: The data folder; uploads lie below it, in `root`.
        parser_for: The ingestor's.
        suffixes: Of the files that are read, for the hint.
        max_bytes: Larger uploads are refused.
        wait_s: How long to wait for an ingest that is running, in seconds.
    """

    def __init__(
        self,
        store: DocumentStore,
        ingestor: Ingestor,
        *,
        data_dir: Path,
        parser_for: ParserFor,
        suffixes: Sequence[str],
        max_bytes: int,
        wait_s: float = WAIT_S,
    ) -> None:
        self.root = managed_folder(data_dir)
        self.max_bytes = max_bytes
        self._store = store
        self._ingestor = ingestor
        self._data_dir = data_dir
        self._parser_for = parser_for
        self._suffixes = tuple(suffixes)
        self._wait_s = wait_s
        self._changing = threading.Lock()
        self._root_id: int | None = None

    def receive(self, filename: str, content: BinaryIO, *, replace: bool = False) -> Document:
        """Takes a file in, and returns its document when it can be found.

        Args:
            filename: Its name, 1 to 255 bytes in UTF-8, without folders; may not begin with a dot.
            content: Read to its end.
            replace: Whether a file of that name may be there already; it makes way for this one.

        Raises:
            UploadInvalid: The name cannot be used.
            UploadUnsupported: No parser reads such files.
            UploadTooLarge: It has more than `max_bytes` bytes.
            DocumentExists: There is a file of that name, and it is not to be replaced.
            FileUnreadable: The parser cannot read it.
            IngestBusy: An ingest was running all the time; to be tried again.
            IndexMismatch: The settings ask for another index than there is.
            StoreError: There is no room, or no right to write. As with all the others, nothing was
                changed.
        """
        check_name(filename)
        if self._parser_for(Path(filename)) is None and self._ingestor.is_archive(filename):
            raise UploadUnsupported(
                f"{filename!r} is an archive, and an upload is one document.",
                hint="Upload the files in it, or ingest a folder that it lies in.",
            )
        if self._parser_for(Path(filename)) is None:
            raise UploadUnsupported(
                f"There is no parser for {filename!r}.",
                hint=f"Upload one of: {', '.join(self._suffixes)}.",
            )
        self._ingestor.check_generation()
        incoming = copy_in(content, filename, self.root, self.max_bytes)
        try:
            with self._held():
                return self._take_in(filename, incoming, replace)
        finally:
            remove_quietly(incoming)

    def remove(self, document_id: str) -> None:
        """Deletes the uploaded files of a document, and the document with them unless a file of the
        user's folders holds it too.

        Raises:
            UnknownDocument: There is none with that id.
            DocumentSynced: None of its files was uploaded; nothing was removed.
            IngestBusy: An ingest was running all the time; to be tried again.
        """
        self._store.document(document_id)
        with self._held():
            self._store.document(document_id)
            sources = self._store.sources(document_id)
            uploaded = [record for root, record in sources if root.managed]
            files = [self.root / r.path for r in uploaded if r.document_id == document_id]
            if uploaded and not files:
                raise DocumentSynced(
                    f"The document lies inside the upload {uploaded[0].path!r}.",
                    hint="Remove that one, which removes all that it holds.",
                )
            if sources and not files:
                root, record = sources[0]
                path = root.path if root.is_file else str(Path(root.path) / record.path)
                raise DocumentSynced(
                    f"The file {path!r} lies outside Quoth's uploads and is never deleted.",
                    hint="Delete it there and run `quoth ingest`, or drop its folder: "
                    "`quoth forget PATH`.",
                )
            with translated(self.root):
                for file in files:
                    file.unlink(missing_ok=True)
            self._store.managed_root(str(self.root))
            self._ingestor.sync_locked(files, allow_empty=True)

    def holds(self, entry: DocumentEntry) -> bool:
        """Whether any file of a document was uploaded, so that `remove` may delete that."""
        if self._root_id is None:
            self._root_id = next((r.id for r in self._store.roots() if r.managed), None)
        return self._root_id is not None and self._root_id in entry.root_ids

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        """Inside, nobody else changes files here, in this process or another."""
        until = time.monotonic() + self._wait_s
        if not self._changing.acquire(timeout=self._wait_s):
            raise IngestBusy(
                "Other uploads have been waiting for too long.", hint="Send it again in a minute."
            )
        try:
            with ingest_lock(self._data_dir, wait_s=max(0.0, until - time.monotonic())):
                yield
        finally:
            self._changing.release()

    def _take_in(self, filename: str, incoming: Path, replace: bool) -> Document:
        target = self.root / filename
        there = kind_of(target)
        if there is not None:
            if not replace or stat.S_ISDIR(there):
                raise DocumentExists(
                    f"There is a file {filename!r} already.",
                    hint="Upload it under another name, or ask to have that one replaced.",
                )
            self._try_to_read(filename, incoming)
        self._store.managed_root(str(self.root))
        try:
            with put_in_place(incoming, target):
                report = self._ingestor.sync_locked([target])
                failed = [each for each in report.failed if each.path == str(target)]
                if failed:
                    raise _unreadable(filename, failed[0].reason)
                return self._document_at(filename)
        except BaseException:
            with contextlib.suppress(QuothError):
                # A link that was put back leads somewhere else.
                path = self.root if target.is_symlink() else target
                self._ingestor.sync_locked([path], allow_empty=path == target)
            raise

    def _try_to_read(self, filename: str, incoming: Path) -> None:
        """So that a file is not given up for one that cannot be read."""
        parser = self._parser_for(Path(filename))
        assert parser is not None
        reason = self._ingestor.why_unreadable(incoming, parser)
        if reason is not None:
            raise _unreadable(filename, reason)

    def _document_at(self, filename: str) -> Document:
        root = self._store.managed_root(str(self.root))
        record = self._store.files(root.id).get(filename)
        if record is None or record.document_id is None:
            raise _unreadable(filename, "It was gone before it could be read.")
        return self._store.document(record.document_id)


def _unreadable(filename: str, reason: str) -> FileUnreadable:
    return FileUnreadable(
        f"{filename!r} cannot be read: {reason}", hint="Save it again as what its name says."
    )
