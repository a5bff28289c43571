"""Indexes a question set's documents in a folder of its own, as `quoth ingest` would a person's."""

from collections.abc import Callable
from pathlib import Path, PurePath

from rag.evaluation.sets import QuestionSet, RowParser, write_corpus
from rag.settings import Settings
from rag.types import SyncProgress
from rag.wiring import OnStage, ingestor_over, open_store

OnProgress = Callable[[SyncProgress], None]


def index_set(
    question_set: QuestionSet,
    folder: Path,
    settings: Settings,
    on_progress: OnProgress | None = None,
    on_stage: OnStage | None = None,
) -> Settings:
    """Makes the index in a folder equal to a set; a folder that holds it already costs no encoding.

    Returns:
        The settings with that index.
    """
    placed = settings.model_copy(update={"data_dir": folder / "index"})
    rows = folder / "documents"
    write_corpus(question_set, rows)
    parser = RowParser()

    def parser_for(path: PurePath) -> RowParser | None:
        return parser if path.suffix in parser.suffixes else None

    with open_store(placed, create=True) as store:
        ingestor_over(store, placed, parser_for, on_stage).sync([rows], on_progress=on_progress)
    return placed
