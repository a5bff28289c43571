"""Mends what the checks found: from the store where that is right, or else from the files.

Each repair is by itself: one that fails is told of and stops no other. The lock of ingests is held.
"""

import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embeddings.errors import QuothError
from rag.doctor.base import Check, Findings, OnProgress, Progress, Repair, counted, some
from rag.doctor.database import spare_bytes
from rag.doctor.documents import mend_documents
from rag.doctor.folder import leftovers
from rag.doctor.recovery import recover
from rag.errors import DiskFull
from rag.store import mending
from rag.store.connections import Connections, connect
from rag.store.reader import SqliteReader
from rag.transfer_files import finish_imports

if TYPE_CHECKING:
    from rag.doctor.doctor import Tools

_NO_OTHERS = 0o770

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Repairs:
    """The repairs of one index, of what its checks found."""

    tools: "Tools"
    findings: Findings
    on_progress: OnProgress

    def carry_out(self, wrong: Sequence[Check]) -> Iterator[Repair]:
        """Mends what can be mended of the checks, in the order in which one needs another."""
        names = {check.name for check in wrong}
        for concerned, mend in self._steps():
            if not names & set(concerned):
                continue
            name = next(each for each in concerned if each in names)
            self.on_progress(Progress(f"repairing {name}", 0, None))
            try:
                yield Repair(name, True, mend())
            except QuothError as exc:
                yield Repair(name, False, f"{exc.message} {exc.hint}".strip())
            except Exception as exc:  # one repair must not stop the others
                logger.debug("The repair of %r failed.", name, exc_info=True)
                yield Repair(name, False, f"It failed with {type(exc).__name__}: {exc}.")
            if name == "database":
                return

    def _steps(self) -> tuple[tuple[tuple[str, ...], Callable[[], str]], ...]:
        return (
            (("database",), self._recover),
            (("permissions",), self._close_to_others),
            (("references",), self._mend_references),
            (("leftovers",), self._clear),
            (("texts", "vectors", "model"), self._mend_documents),
            (("answers",), self._drop_answers),
            (("vector index",), lambda: self._build_index("vectors.faiss*")),
            (("word index",), lambda: self._build_index("r*", "tmp-*")),
            (("files", "uploads"), self._sync),
            (("space in the file",), self._give_back_space),
        )

    def _recover(self) -> str:
        said = recover(self.tools.database, self.tools.index_dir)
        return f"{said} {self._sync_if_possible()}"

    def _close_to_others(self) -> str:
        folder = self.tools.settings.data_dir
        folder.chmod(folder.stat().st_mode & _NO_OTHERS)
        return "Others cannot read the data folder any more."

    def _mend_references(self) -> str:
        with self._connections() as connections, connections.writing() as db:
            mended = mending.mend_references(db)
        return f"{counted(mended, 'row')} that led nowhere are gone. {self._sync_if_possible()}"

    def _clear(self) -> str:
        settings, index_dir = self.tools.settings, self.tools.index_dir
        finished = finish_imports(settings.data_dir)
        with self._connections() as connections:
            serving = SqliteReader(connections).generation()
            if serving is not None:
                with connections.writing() as db:
                    mending.drop_generations(db, keep=(serving, self.tools.wanted()))
        paths = leftovers(settings.data_dir, index_dir, serving.id if serving else None)
        for path in paths:
            remove(path)
        imports = f"{counted(finished, 'import')} brought to an end; " if finished else ""
        return f"{imports}{counted(len(paths), 'leftover')} cleared away."

    def _mend_documents(self) -> str:
        with self._connections() as connections:
            said = mend_documents(connections, self.tools, self.findings, self.on_progress)
        self.tools.refresh_index()
        return said

    def _drop_answers(self) -> str:
        with self._connections() as connections, connections.writing() as db:
            mending.drop_answers(db, sorted(self.findings.answers))
        return f"{counted(len(self.findings.answers), 'answer')} that nobody can read are gone."

    def _build_index(self, *patterns: str) -> str:
        with self._connections() as connections:
            generation = SqliteReader(connections).generation()
        assert generation is not None
        for pattern in patterns:
            for path in (self.tools.index_dir / f"g{generation.id}").glob(pattern):
                remove(path)
        self.tools.refresh_index()
        return "Built again from the store."

    def _sync_if_possible(self) -> str:
        try:
            return self._sync()
        except QuothError as exc:
            return f"The files could not be looked at: {exc.message}"

    def _sync(self) -> str:
        """With every folder in reach; the others keep what they have."""
        with self._connections() as connections:
            roots = SqliteReader(connections).roots()
        paths = [Path(root.path) for root in roots if not root.away and Path(root.path).exists()]
        if not paths:
            return "No folder is in reach to be compared with."
        with self.tools.open_ingestor() as ingestor:
            report = ingestor.sync_locked(paths)
        failed = some([file.path for file in report.failed])
        return (
            f"Brought in step with the files: {report.added} added, {report.updated} updated, "
            f"{report.moved} moved, {report.deleted} deleted"
            f"{f'; cannot be read: {failed}' if failed else ''}."
        )

    def _give_back_space(self) -> str:
        database = self.tools.database
        with self._connections() as connections, connections.reading() as db:
            before, size = spare_bytes(db)
            if shutil.disk_usage(database.parent).free < 2 * (size - before):
                raise DiskFull(
                    "There is no room for the second copy that giving space back takes.",
                    hint="Free some space, then run `quoth doctor --repair` again.",
                )
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            after, _ = spare_bytes(db)
        return f"{(before - after) / 2**20:,.0f} MiB were given back to the disk."

    def _connections(self) -> "closing[Connections]":
        path = self.tools.database
        return closing(Connections(path, connect(path, create=False)))


def remove(path: Path) -> None:
    """Removes a file or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
