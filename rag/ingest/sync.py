"""Makes the index equal to the folders: what is new, changed, moved or gone on disk becomes so in
the store.

Invariants: an ingest that fails or is killed loses nothing that was there, and the next one does
only what is left; a file whose size and time have not changed is not read; content that is there
already is not embedded again; a folder that is gone or suddenly empty empties nothing unasked.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePath

from embeddings.base import Encoder
from rag.errors import IndexMismatch, IngestError, Interrupted, PathNotFound
from rag.ingest.containers import Unpacking
from rag.ingest.embedding import DocumentSplitter, Embedder
from rag.ingest.locking import ingest_lock
from rag.ingest.parsers.base import Parser
from rag.ingest.parsing.carrying_out import carry_out
from rag.ingest.parsing.pool import ParserPool
from rag.ingest.parsing.tasks import Failed, ParseLimits, ParseTask
from rag.ingest.plan import ContainerFor, ParserFor, Plan, Readers, no_container
from rag.ingest.planning import plan_target
from rag.ingest.preview import Preview, preview
from rag.ingest.reading import DocumentReading, is_trusted
from rag.ingest.rebuild import rebuild
from rag.ingest.run import OnProgress, SyncRun
from rag.ingest.targets import UNCHANGED, Patterns, Target, absolute, find_targets
from rag.ingest.watching import OnSynced, follow
from rag.store.base import DocumentStore, Generation, Root
from rag.types import SyncProgress, SyncReport, SyncStage


class Ingestor:
    """Keeps a store equal to folders. One ingest at a time into a data folder."""

    def __init__(
        self,
        store: DocumentStore,
        *,
        load_encoder: Callable[[], Encoder],
        identity: Callable[[], Generation],
        make_chunker: Callable[[Encoder], DocumentSplitter],
        parser_for: ParserFor,
        data_dir: Path,
        max_file_bytes: int,
        refresh_index: Callable[[], None],
        container_for: ContainerFor = no_container,
        limits: ParseLimits = ParseLimits(),  # noqa: B008 - frozen
    ) -> None:
        """An ingestor into a store.

        Args:
            store: Where documents go.
            load_encoder: Called once, when something must be embedded.
            identity: What the settings want all vectors to have in common; cheap.
            make_chunker: Called with the encoder; its version must be the one of `identity`.
            parser_for: The parser for a file, by its name; None skips the file.
            data_dir: Where the lock is; never ingested itself.
            max_file_bytes: Larger files fail.
            refresh_index: Called after a run that changed anything.
            container_for: What reads the files inside a file, by its name.
            limits: What reading one file may cost.
        """
        self._store = store
        self._load_encoder = cache(load_encoder)
        self._identity = identity
        self._make_chunker = make_chunker
        self._readers = Readers(parser_for, container_for)
        self._limits = limits
        self._data_dir = data_dir
        self._max_file_bytes = max_file_bytes
        self._refresh_index = refresh_index

    def sync(
        self,
        paths: Sequence[Path] | None,
        *,
        allow_empty: bool = False,
        patterns: Patterns = UNCHANGED,
        on_progress: OnProgress | None = None,
    ) -> SyncReport:
        """Brings in folders or single files, or all that are known for None.

        A path inside a known root brings that part of it in; a path around known roots takes them
        over. A file that fails costs that file only, and is named in the report. Patterns are
        remembered with the roots once it is certain that they leave something to read.

        Raises:
            PathNotFound: A path does not exist.
            RootMissing, RootEmptied: A known folder is gone or holds nothing, unless `allow_empty`.
            IngestBusy: Another process is at it.
            Interrupted: Ctrl-C; whole batches that were done are kept.
            DiskFull: There is no room; what was done is kept.
            NothingIndexed: No path was given and none is known.
        """
        with ingest_lock(self._data_dir):
            return self.sync_locked(
                paths, allow_empty=allow_empty, patterns=patterns, on_progress=on_progress
            )

    def sync_locked(
        self,
        paths: Sequence[Path] | None,
        *,
        allow_empty: bool = False,
        patterns: Patterns = UNCHANGED,
        on_progress: OnProgress | None = None,
    ) -> SyncReport:
        """As `sync`, by a caller that holds the lock of the data folder."""

        def find() -> Sequence[Target]:
            return find_targets(
                self._store,
                paths,
                self._data_dir,
                allow_missing=allow_empty,
                patterns=patterns,
            )

        return self._timed(find, allow_empty, on_progress)

    def sync_parts(
        self, root: Root, parts: Sequence[str], *, on_progress: OnProgress | None = None
    ) -> SyncReport:
        """Brings in single files and folders of a known root, those that are gone among them, in
        the time that they take, however large the root is.

        Args:
            root: Known; a folder.
            parts: Paths below it, with forward slashes; none inside another.
            on_progress: As in `sync`.

        Raises:
            RootMissing, RootEmptied: All of the root is gone; nothing was changed.
            IngestBusy, Interrupted, DiskFull: As in `sync`.
        """
        with ingest_lock(self._data_dir):
            if not _holds_anything(Path(root.path)):
                # As a whole, which is refused where that would drop what nobody removed.
                return self.sync_locked([Path(root.path)], on_progress=on_progress)
            targets = [Target(root, part) for part in parts]
            return self._timed(lambda: targets, True, on_progress)

    def preview(
        self,
        paths: Sequence[Path] | None,
        *,
        allow_empty: bool = False,
        patterns: Patterns = UNCHANGED,
        on_progress: OnProgress | None = None,
    ) -> Preview:
        """What `sync` with the same arguments would do; nothing is done.

        Raises:
            PathNotFound, RootMissing, RootEmptied, NothingIndexed: As in `sync`.
        """
        return preview(
            self._store,
            paths,
            self._readers,
            self._data_dir,
            patterns=patterns,
            allow_empty=allow_empty,
            max_file_bytes=self._max_file_bytes,
            on_progress=on_progress or _ignore_progress,
        )

    def _timed(
        self,
        find: Callable[[], Sequence[Target]],
        allow_empty: bool,
        on_progress: OnProgress | None,
    ) -> SyncReport:
        started = time.perf_counter()
        report = self._sync(find, allow_empty, on_progress or _ignore_progress)
        return replace(report, elapsed_s=time.perf_counter() - started)

    def check_generation(self) -> None:
        """Makes sure that bringing in one file would not build the whole index anew.

        Raises:
            IndexMismatch: The settings ask for another index than the one that serves.
        """
        serving, wanted = self._store.generation(), self._identity()
        if serving is not None and not serving.matches(wanted):
            raise IndexMismatch(
                f"The index was made with the model {serving.model!r} and the chunker "
                f"{serving.chunker!r}, and the settings ask for {wanted.model!r} (or another "
                f"version of it) and {wanted.chunker!r}.",
                hint="Run `quoth ingest` to build it anew, or set the settings back.",
            )

    def watch(
        self,
        paths: Sequence[Path] | None,
        *,
        on_synced: OnSynced,
        patterns: Patterns = UNCHANGED,
        on_progress: OnProgress | None = None,
    ) -> None:
        """Syncs, and goes on with every change of the roots until it is interrupted.

        Args:
            paths: As in `sync`; of a part of a root all of the root is followed.
            on_synced: Told of the first sync, and of each after it that changed something or
                failed.
            patterns: As in `sync`.
            on_progress: Told of the first sync's progress.

        Raises:
            KeyboardInterrupt: The person stopped it.
            QuothError: The first sync failed, or the system does not say what changes.
        """
        on_synced(self.sync(paths, patterns=patterns, on_progress=on_progress))
        wanted = None if paths is None else [absolute(path) for path in paths]
        roots = [
            root
            for root in self._store.roots()
            if not (root.managed or root.away)
            and (wanted is None or any(path.is_relative_to(root.path) for path in wanted))
        ]
        follow(self, roots, self._data_dir, on_synced)

    def why_unreadable(self, path: Path, parser: Parser) -> str | None:
        """Why a parser makes no document of a file, in one sentence; None where it does."""
        task = ParseTask(parser, path, self._max_file_bytes)
        if is_trusted(parser):
            outcome = carry_out(task)
        else:
            with ParserPool(self._limits) as pool:
                outcome = pool.run(task)
        return outcome.reason if isinstance(outcome, Failed) else None

    def is_archive(self, name: str) -> bool:
        """Whether a file of that name holds files."""
        return self._readers.container_for(PurePath(name)) is not None

    def forget(self, path: Path) -> int:
        """Drops a known root, and returns how many documents went with it.

        Raises:
            PathNotFound: The path is no known root.
            IngestError: It is the root for uploads.
            IngestBusy: Another process is ingesting.
        """
        wanted = str(absolute(path))
        with ingest_lock(self._data_dir):
            roots = {root.path: root for root in self._store.roots()}
            if wanted not in roots:
                known = ", ".join(repr(known) for known in roots) or "none"
                raise PathNotFound(
                    f"{wanted!r} is no folder that was ingested.",
                    hint=f"Name one of the known ones: {known}.",
                )
            if roots[wanted].managed:
                raise IngestError(
                    f"{wanted!r} holds what was uploaded.",
                    hint="Remove single documents over the API or on the web page; or delete files "
                    "there, then run `quoth ingest --allow-empty`.",
                )
            before = self._store.revision()
            removed = self._store.forget_root(roots[wanted].id)
            if self._store.revision() != before:
                self._refresh_index()
        return removed

    def _sync(
        self,
        find: Callable[[], Sequence[Target]],
        allow_empty: bool,
        on_progress: OnProgress,
    ) -> SyncReport:
        before = self._store.revision()
        run: SyncRun | None = None
        try:
            targets = find()
            plans = [self._plan(target, allow_empty, on_progress) for target in targets]
            self._remember_patterns(targets)
            generation, embedder, warnings = self._open_generation(on_progress)
            with ParserPool(self._limits) as pool:
                unpacking = Unpacking(self._data_dir, pool, self._readers, self._max_file_bytes)
                unpacking.clear()
                reading = DocumentReading(pool, self._max_file_bytes)
                run = SyncRun(
                    self._store,
                    embedder,
                    plans,
                    generation,
                    reading=reading,
                    unpacking=unpacking,
                    on_progress=on_progress,
                )
                report = run.carry_out()
            if self._store.revision() != before:
                on_progress(SyncProgress(SyncStage.INDEXING, 0, None))
                self._refresh_index()
        except KeyboardInterrupt as exc:
            raise _interrupted(run) from exc
        return replace(report, warnings=warnings + report.warnings)

    def _plan(self, target: Target, allow_empty: bool, on_progress: OnProgress) -> Plan:
        return plan_target(
            target,
            self._store.files(target.root.id, target.below),
            self._readers,
            self._data_dir,
            allow_empty=allow_empty,
            on_progress=on_progress,
        )

    def _remember_patterns(self, targets: Sequence[Target]) -> None:
        known = {root.id: root for root in self._store.roots()}
        for root in {target.root.id: target.root for target in targets}.values():
            if root != known[root.id]:
                self._store.set_patterns(root.id, root.include, root.exclude)

    def _open_generation(
        self, on_progress: OnProgress
    ) -> tuple[Generation, Embedder, tuple[str, ...]]:
        """The serving generation, after it has been made the one that the settings want."""
        wanted, serving = self._identity(), self._store.generation()
        warnings: tuple[str, ...] = ()
        if serving is not None and serving.matches(wanted):
            # What a change of settings that was taken back has left half-built goes.
            self._store.switch_generation(serving.id)
            generation = serving
        else:
            generation = self._store.open_generation(wanted)
        embedder = Embedder(self._load_encoder, self._make_chunker, generation)
        if serving is not None and serving.id != generation.id:
            warnings = rebuild(self._store, embedder, generation, on_progress)
        return generation, embedder, warnings


def _holds_anything(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(iter(entries), None) is not None
    except OSError:
        return False


def _ignore_progress(progress: SyncProgress) -> None:
    pass


def _interrupted(run: SyncRun | None) -> Interrupted:
    if run is None:
        message = "Stopped before any file was read; nothing was lost."
    else:
        message = f"Stopped: {run.files_in} of {run.files_total} files are in."
    return Interrupted(message, hint="Run the same command again to bring in the rest.")
