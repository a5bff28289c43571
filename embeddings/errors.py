"""The root of every error that Quoth raises on purpose, and the errors of this package.

    QuothError                 anything a person can be told in one sentence
        EmbeddingError         encoding or searching vectors went wrong
            ModelNotFound      no model under that name or folder
            ModelRejected      its files are not the ones that were promised
            ModelUnusable      it cannot be loaded, or gives wrong vectors
            VectorIndexCorrupt the index file is damaged or of another shape

`rag.errors` continues the tree.
"""

from typing import ClassVar


class QuothError(Exception):
    """What happened, in one sentence with the offending value, and a hint that says what to do.

    Attributes:
        hint: The next step for the person, or an empty string.
        retryable: Whether the same call may succeed later without a change.
    """

    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class EmbeddingError(QuothError):
    """Encoding texts or searching vectors failed."""


class ModelNotFound(EmbeddingError):
    """There is no model under the name or in the folder that the settings give."""


class ModelRejected(EmbeddingError):
    """The model's files do not have the checksum that was promised for them."""


class ModelUnusable(EmbeddingError):
    """The model cannot be loaded, or its compiled form gives other vectors than the original."""


class VectorIndexCorrupt(EmbeddingError):
    """The vector index file is damaged, half-written, or not what its manifest says."""
