"""What an ingest would do, file by file, without doing any of it: no model is loaded, no document
is parsed, and nothing is written.

Only files whose time or size changed are read, to tell by their content what became of them.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rag.errors import FileUnreadable
from rag.ingest.files import document_id, hash_file
from rag.ingest.plan import Plan, Readers, Reading, display_path
from rag.ingest.planning import plan_target
from rag.ingest.targets import Patterns, Target, find_targets, inner_roots
from rag.store.base import DocumentStore, FileRecord
from rag.types import SyncProgress

Action = Literal["add", "update", "move", "delete", "keep", "skip", "leave out", "fail"]


@dataclass(frozen=True, slots=True)
class PreviewedFile:
    """What would become of one file, or of a folder that is left out whole.

    Attributes:
        path: Absolute.
        action: "keep" needs nothing, "skip" has no parser, "leave out" is left out by patterns.
        parser: Media type of what would read it; None where nothing would.
        reason: Why, in one sentence, where there is something to say.
    """

    path: str
    action: Action
    parser: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """All files, target by target and by path, and sentences for the person."""

    files: tuple[PreviewedFile, ...]
    warnings: tuple[str, ...]


def preview(
    store: DocumentStore,
    paths: Sequence[Path] | None,
    readers: Readers,
    data_dir: Path,
    *,
    patterns: Patterns,
    allow_empty: bool,
    max_file_bytes: int,
    on_progress: Callable[[SyncProgress], None],
) -> Preview:
    """What an ingest of the paths would do; arguments and errors as in `Ingestor.sync`."""
    targets = find_targets(
        store, paths, data_dir, allow_missing=allow_empty, patterns=patterns, keep=False
    )
    plans = [
        plan_target(
            target,
            _records(store, target),
            readers,
            data_dir,
            allow_empty=allow_empty,
            on_progress=on_progress,
        )
        for target in targets
    ]
    gone = Counter(
        record.document_id for plan in plans for record in plan.gone if record.document_id
    )
    files: list[PreviewedFile] = []
    for plan in plans:
        found = [_read(plan, reading, gone, max_file_bytes) for reading in plan.readings]
        found += _others(plan)
        files += sorted(found, key=lambda file: file.path)
    moved = [file for plan in plans for file in _deleted(plan, gone)]
    warnings = tuple(warning for plan in plans for warning in plan.warnings)
    return Preview((*files, *moved), warnings)


def _records(store: DocumentStore, target: Target) -> dict[str, FileRecord]:
    records = store.files(target.root.id, target.below) if target.root.id else {}
    if target.below:
        return records
    for root, prefix in inner_roots(store, target.root):
        below = f"{prefix}/" if prefix else ""
        for record in store.files(root.id).values():
            inside = below + record.container if record.container is not None else None
            moved = replace(record, path=below + record.path, container=inside)
            records[moved.path] = moved
    return records


def _read(plan: Plan, reading: Reading, gone: "Counter[str]", max_file_bytes: int) -> PreviewedFile:
    path = display_path(plan.target, reading.found.path)
    kinds = [part.media_type for part in (reading.parser, reading.holds) if part is not None]
    parser = " and ".join(dict.fromkeys(kinds))
    before = reading.before
    if reading.parser is None:
        action: Action = "add" if before is None else "update"
        return PreviewedFile(path, action, parser, "The files in it are read one by one.")
    if before is None and not gone:
        return PreviewedFile(path, "add", parser)
    try:
        state = hash_file(reading.found.absolute, max_file_bytes)
    except (OSError, FileUnreadable) as exc:
        reason = exc.message if isinstance(exc, FileUnreadable) else f"It cannot be read: {exc}."
        return PreviewedFile(path, "fail", parser, reason)
    new_id = document_id(plan.target.root.collection, state.sha256, reading.parser)
    if before is not None and before.document_id is not None:
        if before.document_id == new_id:
            return PreviewedFile(path, "keep", parser)
        return PreviewedFile(path, "update", parser)
    if before is None and gone[new_id] > 0:
        gone[new_id] -= 1
        return PreviewedFile(path, "move", parser)
    return PreviewedFile(path, "add", parser)


def _others(plan: Plan) -> list[PreviewedFile]:
    target = plan.target
    found = [PreviewedFile(each.path, "fail", None, each.reason) for each in plan.failed]
    found += [
        PreviewedFile(display_path(target, record.path), "keep", record.parser)
        for record in plan.kept
    ]
    found += [
        PreviewedFile(display_path(target, record.path), "skip", None, record.reason)
        for record in plan.unread
    ]
    found += [
        PreviewedFile(display_path(target, each.path), "leave out", None, each.reason)
        for each in plan.left_out
    ]
    return found


def _deleted(plan: Plan, gone: "Counter[str]") -> list[PreviewedFile]:
    """What is gone and did not come up elsewhere."""
    found: list[PreviewedFile] = []
    for record in plan.gone:
        if record.document_id is None or gone[record.document_id] <= 0:
            continue
        gone[record.document_id] -= 1
        found.append(PreviewedFile(display_path(plan.target, record.path), "delete"))
    return found
