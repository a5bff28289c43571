"""The checks in the order in which they are made, cheap ones and what others stand on first."""

import logging
import sqlite3
from collections.abc import Iterator

from embeddings.errors import QuothError
from rag.doctor.base import Check, Examination, Subject
from rag.doctor.database import check_references, check_spare_space
from rag.doctor.files import check_files, check_roots, check_uploads
from rag.doctor.folder import check_leftovers, check_permissions, check_room
from rag.doctor.indexes import check_vector_index, check_word_index
from rag.doctor.kept import check_answers
from rag.doctor.surroundings import (
    check_language_model,
    check_libraries,
    check_reader,
    check_slack,
)
from rag.doctor.texts import check_texts
from rag.doctor.vectors import check_model, check_vectors
from rag.store.connections import error_of

EXAMINATIONS: dict[str, Examination] = {
    "libraries": check_libraries,
    "permissions": check_permissions,
    "disk": check_room,
    "references": check_references,
    "space in the file": check_spare_space,
    "texts": check_texts,
    "vectors": check_vectors,
    "vector index": check_vector_index,
    "word index": check_word_index,
    "answers": check_answers,
    "folders": check_roots,
    "files": check_files,
    "uploads": check_uploads,
    "leftovers": check_leftovers,
    "model": check_model,
    "reader": check_reader,
    "language model": check_language_model,
    "slack": check_slack,
}

logger = logging.getLogger(__name__)


def examine(subject: Subject) -> Iterator[Check]:
    """Makes every check; one that cannot be made is wrong, and stops no other."""
    for name, examination in EXAMINATIONS.items():
        try:
            yield from examination(subject)
        except QuothError as exc:
            yield Check(name, False, exc.message, exc.hint)
        except sqlite3.Error as exc:
            yield Check(name, False, error_of(exc, subject.database).message)
        except Exception as exc:  # a check must survive whatever it finds
            logger.debug("The check %r failed.", name, exc_info=True)
            yield Check(name, False, f"It could not be looked at: {type(exc).__name__}: {exc}.")
