"""Reports of what was done: of an ingest, of the index.

Each has a form for people and a JSON form for programs.
"""

from api.terminal import display_path, harmless
from rag.store.base import DocumentStore
from rag.types import SyncReport

Json = dict[str, object]


def ingest_json(report: SyncReport) -> Json:
    """Counts of files, the failed ones with their reasons."""
    return {
        "added": report.added,
        "updated": report.updated,
        "moved": report.moved,
        "deleted": report.deleted,
        "unchanged": report.unchanged,
        "skipped": report.skipped,
        "failed": [{"path": file.path, "reason": file.reason} for file in report.failed],
        "warnings": list(report.warnings),
        "elapsed_s": round(report.elapsed_s, 3),
    }


def ingest_lines(report: SyncReport) -> list[str]:
    """One line of counts, then one for each file that failed and each warning."""
    counts = (
        f"{report.added} added, {report.updated} updated, {report.moved} moved, "
        f"{report.deleted} deleted, {report.unchanged} unchanged, {report.skipped} skipped, "
        f"{len(report.failed)} failed ({report.elapsed_s:.1f} s)"
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
        *(
            f"{'uploads' if root.managed else 'root'}: {display_path(root.path)}"
            for root in store.roots()
        ),
        *(
            f"failed: {harmless(file.path)}: {harmless(file.reason or 'no reason given')}"
            for _, file in store.failed_files()
        ),
    ]
