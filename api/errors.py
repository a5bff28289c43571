"""The one table that turns an error into what each surface shows: a type, an exit code, a status.

    exit codes   0 done, 1 failed, 2 usage, 3 not found in the documents

The command line and the HTTP API both read it, so that the same mistake has the same name
everywhere. A class that is not in the table is shown as its nearest ancestor that is.
"""

from dataclasses import dataclass

from embeddings import errors as embedding_errors
from rag import errors

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_NOT_FOUND = 3


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """How one kind of error is shown.

    Attributes:
        slug: Its name in JSON, stable for programs.
        exit_code: Of the command line.
        status: Of the HTTP response.
        title: The problem details' title: the same for every error of the kind.
        chat: What a person in Slack is told, who cannot mend it; empty where the error's own
            message and hint are meant for whoever asked.
    """

    slug: str
    exit_code: int
    status: int
    title: str
    chat: str = "Something went wrong on my side, so I have no answer."


INTERNAL = ErrorKind("internal", EXIT_FAILED, 500, "Quoth has a bug")
USAGE = ErrorKind("usage", EXIT_USAGE, 422, "The request is not valid")
NOT_READY = ErrorKind("not-ready", EXIT_FAILED, 503, "Not ready to answer")
TOO_LARGE = ErrorKind("body-too-large", EXIT_FAILED, 413, "The request body is too large")
INTERRUPTED = ErrorKind("interrupted", EXIT_FAILED, 503, "Interrupted")

TABLE: dict[type[embedding_errors.QuothError], ErrorKind] = {
    embedding_errors.EmbeddingError: ErrorKind(
        "embedding-failed", EXIT_FAILED, 500, "Encoding or searching vectors failed"
    ),
    embedding_errors.ModelNotFound: ErrorKind(
        "model-not-found", EXIT_FAILED, 500, "The model was not found"
    ),
    embedding_errors.ModelRejected: ErrorKind(
        "model-rejected", EXIT_FAILED, 500, "The model's files are not the promised ones"
    ),
    embedding_errors.ModelUnusable: ErrorKind(
        "model-unusable", EXIT_FAILED, 500, "The model cannot be used"
    ),
    embedding_errors.VectorIndexCorrupt: ErrorKind(
        "vector-index-corrupt", EXIT_FAILED, 500, "The vector index is damaged"
    ),
    errors.SettingsInvalid: ErrorKind(
        "settings-invalid", EXIT_USAGE, 500, "A setting cannot be used"
    ),
    errors.ExtraMissing: ErrorKind("extra-missing", EXIT_FAILED, 501, "That part is not installed"),
    errors.QuestionInvalid: ErrorKind(
        "question-invalid", EXIT_USAGE, 422, "The question cannot be answered as it is", chat=""
    ),
    errors.FilterInvalid: ErrorKind(
        "filter-invalid", EXIT_USAGE, 422, "A filter cannot be read", chat=""
    ),
    errors.QuestionSetInvalid: ErrorKind(
        "question-set-invalid", EXIT_FAILED, 422, "The question set cannot be read"
    ),
    errors.NothingIndexed: ErrorKind(
        "nothing-indexed",
        EXIT_FAILED,
        409,
        "Nothing has been ingested yet",
        chat="I have no documents to answer from yet.",
    ),
    errors.IngestError: ErrorKind("ingest-failed", EXIT_FAILED, 500, "The ingest failed"),
    errors.PathNotFound: ErrorKind("path-not-found", EXIT_FAILED, 404, "There is no such path"),
    errors.RootMissing: ErrorKind("root-missing", EXIT_FAILED, 409, "An ingested folder is gone"),
    errors.RootEmptied: ErrorKind("root-emptied", EXIT_FAILED, 409, "An ingested folder is empty"),
    errors.IngestBusy: ErrorKind("ingest-busy", EXIT_FAILED, 409, "Another ingest is running"),
    errors.FileUnreadable: ErrorKind("file-unreadable", EXIT_FAILED, 422, "A file is unreadable"),
    errors.Interrupted: INTERRUPTED,
    errors.StoreError: ErrorKind("store-failed", EXIT_FAILED, 500, "The database failed"),
    errors.StoreCorrupt: ErrorKind("store-corrupt", EXIT_FAILED, 500, "The database is damaged"),
    errors.StoreTooNew: ErrorKind(
        "store-too-new", EXIT_FAILED, 500, "The database is from a newer version"
    ),
    errors.StoreBusy: ErrorKind(
        "store-busy",
        EXIT_FAILED,
        503,
        "The database is busy",
        chat="My index was busy for too long; please try again in a moment.",
    ),
    errors.DiskFull: ErrorKind(
        "disk-full",
        EXIT_FAILED,
        507,
        "The disk is full",
        chat="My disk is full, so I cannot answer just now.",
    ),
    errors.PermissionMissing: ErrorKind(
        "permission-missing", EXIT_FAILED, 500, "The data folder cannot be used"
    ),
    errors.TransferError: ErrorKind("transfer-failed", EXIT_FAILED, 500, "The transfer failed"),
    errors.TransferInvalid: ErrorKind(
        "transfer-invalid", EXIT_FAILED, 422, "The file is no whole export"
    ),
    errors.IndexExists: ErrorKind("index-exists", EXIT_FAILED, 409, "There is an index already"),
    errors.IndexMismatch: ErrorKind(
        "index-mismatch",
        EXIT_FAILED,
        409,
        "The index is from another model",
        chat="My index is being changed over to another model; I cannot answer until that is done.",
    ),
    errors.PageMissing: ErrorKind("page-missing", EXIT_FAILED, 404, "There is no such page"),
    errors.SourceGone: ErrorKind(
        "source-gone", EXIT_FAILED, 410, "The file has changed or gone since it was read"
    ),
    errors.UnknownDocument: ErrorKind(
        "unknown-document",
        EXIT_FAILED,
        404,
        "There is no such document",
        chat="That document is no longer there.",
    ),
    errors.UnknownConversation: ErrorKind(
        "unknown-conversation",
        EXIT_FAILED,
        404,
        "There is no such conversation",
        chat="That conversation is no longer kept.",
    ),
    errors.UnknownAnswer: ErrorKind(
        "unknown-answer",
        EXIT_FAILED,
        404,
        "There is no such answer",
        chat="That answer is no longer kept.",
    ),
    errors.UploadError: ErrorKind("upload-failed", EXIT_FAILED, 500, "The upload failed"),
    errors.UploadInvalid: ErrorKind(
        "upload-invalid", EXIT_USAGE, 422, "The upload cannot be taken as it is"
    ),
    errors.UploadUnsupported: ErrorKind(
        "upload-unsupported", EXIT_USAGE, 415, "Files of this kind cannot be read"
    ),
    errors.UploadTooLarge: ErrorKind(
        "upload-too-large", EXIT_FAILED, 413, "The upload is too large"
    ),
    errors.DocumentExists: ErrorKind(
        "document-exists", EXIT_FAILED, 409, "There is an upload of that name"
    ),
    errors.DocumentSynced: ErrorKind(
        "document-synced", EXIT_FAILED, 409, "The document belongs to a synced folder"
    ),
    errors.AccessError: ErrorKind("forbidden", EXIT_FAILED, 403, "Not allowed"),
    errors.KeyMissing: ErrorKind("key-missing", EXIT_FAILED, 401, "A key is needed"),
    errors.KeyRefused: ErrorKind("key-refused", EXIT_FAILED, 401, "The key is not good"),
    errors.ScopeMissing: ErrorKind(
        "scope-missing", EXIT_FAILED, 403, "The key is not good for this"
    ),
    errors.RateLimited: ErrorKind(
        "rate-limited",
        EXIT_FAILED,
        429,
        "Too many requests",
        chat="Too many questions came at once; please try again in a minute.",
    ),
    errors.UnknownKey: ErrorKind("unknown-key", EXIT_FAILED, 404, "There is no such key"),
    errors.KeyInvalid: ErrorKind("key-invalid", EXIT_USAGE, 422, "The key cannot be made"),
    errors.SlackError: ErrorKind("slack-failed", EXIT_FAILED, 502, "Slack did not do it"),
    errors.SlackRefused: ErrorKind("slack-refused", EXIT_FAILED, 502, "Slack refused"),
    errors.SlackBusy: ErrorKind("slack-busy", EXIT_FAILED, 503, "Slack was asked too often"),
    errors.SlackUnclear: ErrorKind("slack-unclear", EXIT_FAILED, 502, "Slack cannot be reached"),
    errors.ReaderError: ErrorKind("reader-error", EXIT_FAILED, 500, "The reader cannot be used"),
    errors.ReaderMissing: ErrorKind(
        "reader-missing", EXIT_FAILED, 500, "The reader's weights are not there"
    ),
    errors.ReaderRejected: ErrorKind(
        "reader-rejected", EXIT_FAILED, 500, "The reader's files are not the promised ones"
    ),
    errors.ReaderFailed: ErrorKind(
        "reader-failed", EXIT_FAILED, 500, "The reader cannot be loaded or run"
    ),
    errors.LanguageModelFailed: ErrorKind(
        "language-model-failed",
        EXIT_FAILED,
        502,
        "The language model gave no answer",
        chat="The language model did not answer; please try again in a moment.",
    ),
}


def kind_of(error: BaseException) -> ErrorKind:
    """How an error is shown; `INTERNAL` for what Quoth does not raise on purpose."""
    for ancestor in type(error).__mro__:
        if ancestor in TABLE:
            return TABLE[ancestor]
    return INTERNAL


def chat_sentence(error: BaseException) -> str:
    """What a person in a chat is told of an error: no path, no setting, no command."""
    chat = kind_of(error).chat
    if chat or not isinstance(error, embedding_errors.QuothError):
        return chat
    return f"{error.message} {error.hint}".strip()
