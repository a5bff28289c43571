"""Reads what `quoth eval --json` wrote, as far as a comparison needs it."""

from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from rag.errors import QuestionSetInvalid
from rag.evaluation.records import Record

HINT = "Write one with `quoth eval … --json > OLD.json`."


class SavedReport(BaseModel):
    """The records of one set; the figures follow from them."""

    set: str
    outcomes: tuple[Record, ...]
    rewrites: tuple[Record, ...] = ()

    @property
    def records(self) -> tuple[Record, ...]:
        """All of them."""
        return self.outcomes + self.rewrites


class SavedReports(BaseModel):
    """Of several sets."""

    sets: tuple[SavedReport, ...]


def read_saved(path: Path) -> tuple[SavedReport, ...]:
    """The reports in a file.

    Raises:
        QuestionSetInvalid: It cannot be read, or is no report.
    """
    try:
        saved = TypeAdapter(SavedReports | SavedReport).validate_json(path.read_bytes())
    except OSError as exc:
        raise QuestionSetInvalid(
            f"The old report {str(path)!r} cannot be read: {exc.strerror}.", hint=HINT
        ) from exc
    except ValidationError as exc:
        raise QuestionSetInvalid(
            f"{str(path)!r} is no report of an evaluation.", hint=HINT
        ) from exc
    return saved.sets if isinstance(saved, SavedReports) else (saved,)


def saved_of(saved: tuple[SavedReport, ...], name: str) -> SavedReport:
    """The report of a set; a single one is taken for what it is compared with, as files may be
    renamed.

    Raises:
        QuestionSetInvalid: There is none of that set.
    """
    if len(saved) == 1:
        return saved[0]
    for each in saved:
        if each.set == name:
            return each
    names = ", ".join(each.set for each in saved)
    raise QuestionSetInvalid(f"The old report is of {names}, and not of {name}.", hint=HINT)
