"""Looks at a target's files and its records, and says what an ingest has to do: nothing is read and
nothing is written.
"""

from collections.abc import Callable
from pathlib import Path

from rag.errors import RootEmptied
from rag.ingest.ignoring import Rules
from rag.ingest.plan import Plan, Readers, make_plan
from rag.ingest.scan import FoundFile, ScanProblem, scan
from rag.ingest.targets import Target, absolute
from rag.store.base import FileRecord
from rag.types import SyncProgress, SyncStage

_PROGRESS_EVERY_FILES = 100


def plan_target(
    target: Target,
    records: dict[str, FileRecord],
    readers: Readers,
    data_dir: Path,
    *,
    allow_empty: bool,
    on_progress: Callable[[SyncProgress], None],
) -> Plan:
    """What has to be done for a target.

    Args:
        target: A root or a part of one.
        records: What is known of its files, by path below the root.
        readers: What reads which files.
        data_dir: Left out.
        allow_empty: Whether all that was there may be gone.
        on_progress: Told how many files were seen.

    Raises:
        RootEmptied: There were documents, there is no file to read now, and that is not allowed;
            not for the managed root, for which nothing is to be done then.
    """
    scanned: list[FoundFile | ScanProblem] = []
    root, exclude, rules = Path(target.root.path), absolute(data_dir), Rules.of(target.root)
    for item in scan(root, below=target.below, exclude=exclude, rules=rules):
        if len(scanned) % _PROGRESS_EVERY_FILES == 0:
            on_progress(SyncProgress(SyncStage.SCANNING, len(scanned), None))
        scanned.append(item)
    try:
        return make_plan(target, scanned, records, readers, allow_empty=allow_empty)
    except RootEmptied as exc:
        if not target.root.managed:
            raise
        # It need not hold anything; all the same nothing is dropped that nobody removed.
        return Plan.nothing(target, warning=f"{exc.message} {exc.hint}")
