"""The errors of the engine, continuing the tree of `embeddings.errors`.

    QuothError
        SettingsInvalid        a setting has a value that cannot be used
        ExtraMissing           a part was asked for that is installed on request only
        QuestionInvalid        a question is empty, too long, or holds no word
        FilterInvalid          a filter condition cannot be read
        QuestionSetInvalid     a question set for an evaluation cannot be read
        NothingIndexed         a question was asked before anything was ingested
        IngestError            a folder could not be brought in
            PathNotFound       the path that was given does not exist
            RootMissing        a folder known from before is gone or unmounted
            RootEmptied        a folder known from before is suddenly empty
            IngestBusy         another process is ingesting into the same data folder
            FileUnreadable     one file cannot be read as text; costs that file, never the run
            Interrupted        the person stopped the run; what was done is kept
        StoreError             the database went wrong
            StoreCorrupt       the database file is damaged or is none of ours
            StoreTooNew        a newer Quoth has written it
            StoreBusy          another process holds it for too long
            DiskFull           there is no room to write
            PermissionMissing  the data folder cannot be read or written
        TransferError          an index could not be exported or imported
            TransferInvalid    a file is no export, or is damaged
            IndexExists        there is an index already where one is imported
        IndexMismatch          the index was made by another model than the settings name
        UnknownDocument        no document has that id
        PageMissing            a document has no such page, or no pages at all
        SourceGone             the file of a document has changed or gone since it was read
        UnknownConversation    no conversation has that id
        UnknownAnswer          no answer has that id
        UploadError            a document could not be taken in, or not be removed
            UploadInvalid      its name cannot be used, or it is cut off
            UploadUnsupported  no parser reads files of its kind
            UploadTooLarge     it is over the limit
            DocumentExists     another upload has that name
            DocumentSynced     it lies in a folder of the user, where nothing is ever deleted
        AccessError            the asker may not do that
            KeyMissing         a key is needed and none was given
            KeyRefused         the key is wrong or revoked
            ScopeMissing       the key is not good for that
            RateLimited        the key was used too often within a minute
        UnknownKey             no key has that id
        KeyInvalid             a key cannot be made as asked for
        ReaderError            the reader, which finds short answers, cannot be used
            ReaderMissing      its weights are not there
            ReaderRejected     they are not the ones that its manifest promises
            ReaderFailed       it cannot be loaded or run
        LanguageModelFailed    the language model gave no answer, or no whole one
        SlackError             Slack did not do what it was asked
            SlackRefused       it said no, and why
            SlackBusy          it was asked too often, and said when to ask again
            SlackUnclear       it cannot be known whether it did: the connection broke, or it failed

Every surface translates them in one table: `api.errors`.
"""

from typing import ClassVar, Literal

from embeddings.errors import QuothError


class SettingsInvalid(QuothError):
    """A setting has a value that cannot be used."""


class ExtraMissing(QuothError):
    """A part of Quoth was asked for whose packages are installed on request only."""


class QuestionInvalid(QuothError):
    """A question is empty, too long, or holds no word."""


class FilterInvalid(QuothError):
    """A filter condition cannot be read."""


class QuestionSetInvalid(QuothError):
    """A question set for an evaluation cannot be read."""


class NothingIndexed(QuothError):
    """A question was asked before anything was ingested."""


class IngestError(QuothError):
    """A folder could not be brought in."""


class PathNotFound(IngestError):
    """The path that was given does not exist."""


class RootMissing(IngestError):
    """A folder known from an earlier ingest is gone or unmounted; its documents were kept."""


class RootEmptied(IngestError):
    """A folder known from an earlier ingest holds no file now; its documents were kept."""


class IngestBusy(IngestError):
    """Another process is ingesting into the same data folder."""

    retryable: ClassVar[bool] = True


class FileUnreadable(IngestError):
    """One file cannot be read as text; costs that file, never the run."""


class Interrupted(IngestError):
    """The person stopped the run; whole documents that were done are kept, the rest follows next
    time.
    """

    retryable: ClassVar[bool] = True


class StoreError(QuothError):
    """The database went wrong."""


class StoreCorrupt(StoreError):
    """The database file is damaged, or is none of ours."""


class StoreTooNew(StoreError):
    """A newer Quoth has written the database; this one would not understand it."""


class StoreBusy(StoreError):
    """Another process holds the database for too long."""

    retryable: ClassVar[bool] = True


class DiskFull(StoreError):
    """There is no room to write; nothing that was there is lost."""

    retryable: ClassVar[bool] = True


class PermissionMissing(StoreError):
    """The data folder cannot be read or written by this user."""


class TransferError(QuothError):
    """An index could not be exported or imported; nothing was changed."""


class TransferInvalid(TransferError):
    """A file is no export of Quoth's, or is damaged."""


class IndexExists(TransferError):
    """There is an index already where one is to be imported."""


class IndexMismatch(QuothError):
    """The index was made by another model than the settings name."""


class UnknownDocument(QuothError):
    """No document has that id."""


class PageMissing(QuothError):
    """A document has no such page, or no pages that could be shown."""


class SourceGone(QuothError):
    """The file of a document has changed or gone since it was read, or cannot be opened now."""


class UnknownConversation(QuothError):
    """No conversation has that id, or the asker may not see it."""


class UnknownAnswer(QuothError):
    """No answer has that id."""


class UploadError(QuothError):
    """A document could not be taken in, or not be removed; what was there before is kept."""


class UploadInvalid(UploadError):
    """An upload's name cannot be used, or its content is cut off."""


class UploadUnsupported(UploadError):
    """No parser reads files of the upload's kind."""


class UploadTooLarge(UploadError):
    """An upload is over the limit."""


class DocumentExists(UploadError):
    """Another upload has that name."""


class DocumentSynced(UploadError):
    """The document lies in a folder of the user, where Quoth never deletes anything."""


class AccessError(QuothError):
    """The asker may not do that."""


class KeyMissing(AccessError):
    """A key is needed, and none was given."""


class KeyRefused(AccessError):
    """The key is wrong or revoked; which of both is not told."""


class ScopeMissing(AccessError):
    """The key is good, but not for that."""


class RateLimited(AccessError):
    """The key was used too often within a minute."""

    retryable: ClassVar[bool] = True


class UnknownKey(QuothError):
    """No key has that id."""


class KeyInvalid(QuothError):
    """A key cannot be made as asked for."""


class ReaderError(QuothError):
    """The reader cannot be used; questions are answered without it where that was not ruled out."""


class ReaderMissing(ReaderError):
    """The reader's weights are not there."""


class ReaderRejected(ReaderError):
    """The reader's files are not the ones that its manifest promises."""


class ReaderFailed(ReaderError):
    """The reader cannot be loaded on this machine, or failed while it read."""


FailureKind = Literal["unreachable", "slow", "busy", "rejected", "unusable", "broken", "resting"]


class LanguageModelFailed(QuothError):
    """The language model gave no answer, or no whole one; the engine then quotes instead.

    Args:
        message: What happened.
        hint: What to do.
        kind: `unreachable`; `slow`; `busy` with others; `rejected` what was asked (a wrong key or
            name); `unusable` was what it said; `broken` off in the middle; `resting` after
            failures.
    """

    retryable: ClassVar[bool] = True

    def __init__(self, message: str, *, hint: str = "", kind: FailureKind = "unreachable") -> None:
        super().__init__(message, hint=hint)
        self.kind = kind


class SlackError(QuothError):
    """Slack did not do what it was asked."""


class SlackRefused(SlackError):
    """Slack said no; `code` is its word for why, as `channel_not_found`."""

    def __init__(self, message: str, *, hint: str = "", code: str) -> None:
        super().__init__(message, hint=hint)
        self.code = code


class SlackBusy(SlackError):
    """Slack was asked too often; nothing was done, and may be asked again after `after_s`."""

    retryable: ClassVar[bool] = True

    def __init__(self, message: str, *, hint: str = "", after_s: float) -> None:
        super().__init__(message, hint=hint)
        self.after_s = after_s


class SlackUnclear(SlackError):
    """Whether Slack did it cannot be known: the connection broke, or Slack failed by itself."""

    retryable: ClassVar[bool] = True
