"""One run of `quoth eval`: reads what is to be asked, indexes what needs it, asks, compares."""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from api.engine import Engine
from api.evaluation_reports import Compared
from api.progress import OnProgress, shown_progress
from api.saved_reports import SavedReport, read_saved, saved_of
from rag.errors import QuestionSetInvalid
from rag.evaluation.comparison import compare
from rag.evaluation.indexing import index_set
from rag.evaluation.runner import EvaluationReport, evaluate
from rag.evaluation.sets import QuestionSet
from rag.evaluation.tasks import Task, read_tasks
from rag.settings import Settings


@dataclass(frozen=True, slots=True)
class Asking:
    """How many questions were asked."""

    stage: str
    done: int
    total: int | None
    path: str | None = None


class Evaluation:
    """Evaluates what a person's engine answers.

    Args:
        engine: Opens the assistant.
        settings: In force; a set's index gets a data folder of its own.
        k: How many passages to answer from.
        keep: Where the indexes of sets stay; None makes them in a temporary folder.
        quiet: Whether nothing is said on standard error.
    """

    def __init__(
        self, engine: Engine, settings: Settings, *, k: int, keep: Path | None, quiet: bool
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._k = k
        self._keep = keep
        self._quiet = quiet

    def run(
        self,
        path: Path,
        *,
        off_topic: Path | None = None,
        limit: int | None = None,
        compare_with: Path | None = None,
    ) -> tuple[Compared, ...]:
        """A report for the file, or for each set.

        Raises:
            QuestionSetInvalid: Something to read is missing, malformed, or of another set.
        """
        saved = read_saved(compare_with) if compare_with else ()
        tasks = read_tasks(path, off_topic=off_topic, limit=limit)
        before = [saved_of(saved, task.name) if saved else None for task in tasks]
        return tuple(
            self._compared(self._report(task), old) for task, old in zip(tasks, before, strict=True)
        )

    def _compared(self, report: EvaluationReport, old: SavedReport | None) -> Compared:
        return Compared(report, compare(old.records, report.records) if old else None)

    def _report(self, task: Task) -> EvaluationReport:
        with (
            self._index(task.corpus) as settings,
            self._engine.open_assistant(settings) as assistant,
            self._progress() as on_progress,
        ):
            assistant.warm_up()
            return evaluate(
                assistant,
                task.questions,
                name=task.name,
                k=self._k,
                rewrites=task.rewrites,
                on_answered=_counter(task, on_progress),
            )

    @contextmanager
    def _index(self, corpus: QuestionSet | None) -> Iterator[Settings]:
        """The settings with the index to ask; a set's own is made first."""
        if corpus is None:
            yield self._settings
            return
        with tempfile.TemporaryDirectory(prefix="quoth-eval-") as temporary:
            folder = self._keep / corpus.name if self._keep else Path(temporary)
            self._say(
                f"{corpus.name}: {len(corpus.rows)} documents, indexed in "
                + (str(folder) if self._keep else "a temporary folder (--keep FOLDER keeps it)")
            )
            with self._progress() as on_progress:
                settings = index_set(corpus, folder, self._settings, on_progress, self._say)
            yield settings

    @contextmanager
    def _progress(self) -> Iterator[OnProgress | None]:
        with nullcontext(None) if self._quiet else shown_progress() as on_progress:
            yield on_progress

    def _say(self, line: str) -> None:
        if not self._quiet:
            sys.stderr.write(f"{line}\n")


def check_page(path: Path) -> None:
    """Refuses a page that could not be written, before all the work is done.

    Raises:
        QuestionSetInvalid: The file's folder is not there.
    """
    if not path.parent.is_dir():
        raise _unwritable(path, "its folder is not there")


def write_page(path: Path, reports: Sequence[Compared]) -> None:
    """Writes the page.

    Raises:
        QuestionSetInvalid: The file cannot be written.
    """
    from api.evaluation_page import evaluation_page

    try:
        path.write_text(evaluation_page(reports), encoding="utf-8")
    except OSError as exc:
        raise _unwritable(path, exc.strerror or str(exc)) from exc


def _unwritable(path: Path, reason: str) -> QuestionSetInvalid:
    return QuestionSetInvalid(
        f"The page {str(path)!r} cannot be written: {reason}.",
        hint="Name a file in a folder that exists.",
    )


def _counter(task: Task, on_progress: OnProgress | None) -> Callable[[int], None] | None:
    if on_progress is None:
        return None
    tell = on_progress
    total = len(task.questions) + len(task.rewrites)
    return lambda done: tell(Asking(f"asking {task.name}", done, total))
