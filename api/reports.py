"""Reports of what was done: of an ingest, of the index.

Each has a form for people and a JSON form for programs.
"""

import json
from collections import Counter
from typing import TextIO

from api.errors import kind_of
from api.terminal import display_path, harmless
from embeddings.errors import QuothError
from rag.ingest.preview import Action, Preview, PreviewedFile
from rag.store.base import DocumentStore, Root
from rag.types import SyncReport

Json = dict[str, object]

_ACTIONS: tuple[Action, ...] = (
    "add",
    "update",
    "move",
    "delete",
    "keep",
    "skip",
    "leave out",
    "fail",
)


def ingest_json(report: SyncReport) -> Json:
    """Counts of files, the failed ones with their reasons."""
    return {
        "added": report.added,
        "updated": report.updated,
        "moved": report.moved,
        "deleted": report.deleted,
        "unchanged": report.unchanged,
        "skipped": report.skipped,
        "left_out": report.left_out,
        "failed": [{"path": file.path, "reason": file.reason} for file in report.failed],
        "warnings": list(report.warnings),
        "elapsed_s": round(report.elapsed_s, 3),
    }


def ingest_lines(report: SyncReport) -> list[str]:
    """One line of counts, then one for each file that failed and each warning."""
    left_out = f", {report.left_out} left out by patterns" if report.left_out else ""
    counts = (
        f"{report.added} added, {report.updated} updated, {report.moved} moved, "
        f"{report.deleted} deleted, {report.unchanged} unchanged, {report.skipped} skipped, "
        f"{len(report.failed)} failed{left_out} ({report.elapsed_s:.1f} s)"
    )
    failed = [f"failed: {harmless(file.path)}: {harmless(file.reason)}" for file in report.failed]
    return [counts, *failed, *(f"note: {harmless(warning)}" for warning in report.warnings)]


def status_json(store: DocumentStore) -> Json:
    """What is indexed, from where, by which model, and which files failed."""
    counts, generation = store.counts(), store.generation()
    return {
        "documents": counts.documents,
        "chunks": counts.chunks,
        "files": counts.files,
        "revision": store.revision(),
        "generation": None
        if generation is None
        else {
            "id": generation.id,
            "model": generation.model,
            "fingerprint": generation.fingerprint,
            "dimension": generation.dimension,
            "chunker": generation.chunker,
        },
        "roots": [
            {
                "path": root.path,
                "collection": root.collection,
                "uploads": root.managed,
                "away": root.away,
                "include": list(root.include),
                "exclude": list(root.exclude),
                "files": len(store.files(root.id)),
            }
            for root in store.roots()
        ],
        "failed": [
            {"root": root.path, "path": file.path, "reason": file.reason or ""}
            for root, file in store.failed_files()
        ],
    }


def status_lines(store: DocumentStore) -> list[str]:
    """The same for people."""
    counts, generation = store.counts(), store.generation()
    if generation is None:
        return ["Nothing has been ingested yet."]
    return [
        f"{counts.documents} documents, {counts.chunks} chunks, {counts.files} files "
        f"({counts.failed} failed)",
        f"model: {harmless(generation.model)}, {generation.dimension} dimensions",
        *(f"{_kind(root)}: {display_path(root.path)}{_patterns(root)}" for root in store.roots()),
        *(
            f"failed: {harmless(file.path)}: {harmless(file.reason or 'no reason given')}"
            for _, file in store.failed_files()
        ),
    ]


def _kind(root: Root) -> str:
    if root.managed:
        return "uploads"
    return "on another machine" if root.away else "root"


def preview_json(found: Preview) -> Json:
    """Each file with what would become of it, and how many of each."""
    return {
        "dry_run": True,
        "counts": dict(sorted(Counter(file.action for file in found.files).items())),
        "files": [
            {
                "path": file.path,
                "action": file.action,
                "parser": file.parser,
                "reason": file.reason,
            }
            for file in found.files
        ],
        "warnings": list(found.warnings),
    }


def preview_lines(found: Preview) -> list[str]:
    """The same for people: what needs nothing is only counted."""
    counts = Counter(file.action for file in found.files)
    lines = [_previewed(file) for file in found.files if file.action != "keep"]
    lines += [f"note: {harmless(warning)}" for warning in found.warnings]
    total = ", ".join(f"{action} {counts[action]}" for action in _ACTIONS if counts[action])
    return [*lines, f"Nothing was done. An ingest would: {total or 'find no file'}."]


class WatchedReports:
    """Prints one line for each sync that changed or failed at something.

    Args:
        out: Where to.
        as_json: Whether each line is a JSON object, an error's too, as a command alone prints it.
    """

    def __init__(self, out: TextIO, *, as_json: bool) -> None:
        self._out = out
        self._as_json = as_json

    def __call__(self, synced: SyncReport | QuothError) -> None:
        if self._as_json:
            shown = _error_json(synced) if isinstance(synced, QuothError) else ingest_json(synced)
            lines = [json.dumps(shown)]
        elif isinstance(synced, QuothError):
            lines = [harmless(f"{synced.message} {synced.hint}".strip())]
        else:
            lines = ingest_lines(synced)
        self._out.writelines(f"{line}\n" for line in lines)
        self._out.flush()


def _error_json(error: QuothError) -> Json:
    shown = {"type": kind_of(error).slug, "message": error.message, "hint": error.hint}
    return {"error": shown}


def _previewed(file: PreviewedFile) -> str:
    line = f"{file.action}: {display_path(file.path)}"
    said = [part for part in (file.parser, harmless(file.reason or "")) if part]
    return f"{line} ({'; '.join(said)})" if said else line


def _patterns(root: Root) -> str:
    kinds = (("only", root.include), ("without", root.exclude))
    said = [f"{word} {harmless(', '.join(patterns))}" for word, patterns in kinds if patterns]
    return f" ({'; '.join(said)})" if said else ""
