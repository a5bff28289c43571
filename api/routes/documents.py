"""`/v1/documents`: what is indexed is listed and read; uploads are taken in and removed."""

import json
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, HTTPException, Path, Query, Request
from starlette.responses import Response

from api.deps import AskerDep, IngesterDep, ServiceDep
from api.filters import filters_from_json
from api.forms import MEDIA_TYPE, file_of
from api.problems import problems
from api.replies import reply
from api.routes.conversations import After, Limit
from api.schemas_asking import encodable
from api.schemas_documents import (
    DocumentModel,
    DocumentsModel,
    DocumentTextModel,
    document_json,
    failed_json,
    text_json,
)
from rag.errors import FilterInvalid, UnknownDocument
from rag.filters import NO_FILTERS, Access, Filters
from rag.service import Service
from rag.store.base import DocumentEntry, FileRecord

router = APIRouter(tags=["documents"])

MOST_FAILED = 1_000
FORM_BYTES = 64 * 2**10
"""What the parts of a form may take beside the file's own bytes."""

UPLOAD_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                    "additionalProperties": False,
                }
            }
        },
    }
}

DocumentId = Annotated[str, Path(max_length=100)]
Offset = Annotated[int | None, Query(ge=0, description="In characters (Unicode code points).")]


@router.get(
    "/v1/documents",
    summary="List documents",
    response_model=DocumentsModel,
    responses=problems(404),
)
def list_documents(
    service: ServiceDep,
    caller: AskerDep,
    filters: Annotated[
        str | None,
        Query(
            max_length=8_000,
            description="Conditions as in `POST /v1/ask`, as JSON.",
            examples=['{"filename": "*.md"}'],
        ),
    ] = None,
    limit: Limit = 100,
    after: After = None,
) -> Response:
    """Documents by file name; 404 where the one in `after` is gone.

    The first page also names the files that could not be read, at most 1,000 of them.
    """
    found = service.documents.documents(
        _filters(filters), caller.access, limit=limit + 1, after=after
    )
    shown = found[:limit]
    return reply(
        DocumentsModel(
            documents=[_document_json(entry, service) for entry in shown],
            failed=failed_json(_failed(service, caller.access) if after is None else []),
            next=shown[-1].document.id if len(found) > limit else None,
        )
    )


@router.post(
    "/v1/documents",
    summary="Upload a document",
    status_code=201,
    response_model=DocumentModel,
    responses=problems(409, 415, 507),
    openapi_extra=UPLOAD_BODY,
)
async def upload_document(
    request: Request,
    service: ServiceDep,
    caller: IngesterDep,
    replace: Annotated[
        bool, Query(description="Whether it may take the place of an upload of the same name.")
    ] = False,
) -> Response:
    """Takes in one file, and answers when it can be found.

    It is kept under its name, whole or not at all. 409 means that there is one of that name.
    """
    slots: CapacityLimiter = request.app.state.upload_slots
    async with file_of(request) as file:
        content, name = file.file, file.filename or ""

        def take_in() -> Response:
            document = service.uploads.receive(name, content, replace=replace)
            return reply(_document_json(service.documents.entry(document.id), service), 201)

        return await to_thread.run_sync(take_in, limiter=slots)


@router.get(
    "/v1/documents/{document_id}",
    summary="Read what is known of a document",
    response_model=DocumentModel,
    responses=problems(404),
)
def read_document(document_id: DocumentId, service: ServiceDep, caller: AskerDep) -> Response:
    """A document as it is listed."""
    return reply(_document_json(entry_of(document_id, service, caller.access), service))


@router.get(
    "/v1/documents/{document_id}/text",
    summary="Read a document's text",
    response_model=DocumentTextModel,
    responses=problems(404),
)
def read_text(
    document_id: DocumentId,
    service: ServiceDep,
    caller: AskerDep,
    start: Offset = None,
    end: Offset = None,
    context_chars: Annotated[
        int | None,
        Query(ge=0, description="With a span: how much to show on either side of it."),
    ] = None,
) -> Response:
    """The text that citations point into, with a span of it marked where `start` and `end` say.

    A span that does not lie within the text is refused (422).
    """
    entry = entry_of(document_id, service, caller.access)
    span = span_of(start, end, service.documents.text_length(document_id))
    return reply(text_json(service.documents, entry.document, span, context_chars))


@router.delete(
    "/v1/documents/{document_id}",
    summary="Remove an uploaded document",
    status_code=204,
    response_class=Response,
    responses=problems(404, 409),
)
async def delete_document(
    request: Request, document_id: DocumentId, service: ServiceDep, caller: IngesterDep
) -> Response:
    """Removes what was uploaded of a document, which stays where a synced folder holds it too.

    One that no upload holds is refused (409): nothing of a user's is ever deleted.
    """
    slots: CapacityLimiter = request.app.state.upload_slots

    def remove() -> None:
        entry_of(document_id, service, caller.access)
        service.uploads.remove(document_id)

    await to_thread.run_sync(remove, limiter=slots)
    return Response(status_code=204)


def _document_json(entry: DocumentEntry, service: Service) -> DocumentModel:
    return document_json(entry, uploaded=service.uploads.holds(entry))


def entry_of(document_id: str, service: Service, access: Access) -> DocumentEntry:
    """A document as it is listed.

    Raises:
        UnknownDocument: There is none, or the caller may not see it.
    """
    entry = service.documents.entry(document_id)
    if access.collections is not None and entry.document.collection not in access.collections:
        raise UnknownDocument(f"There is no document {document_id!r}.")
    return entry


def _failed(service: Service, access: Access) -> list[FileRecord]:
    seen = access.collections
    return [
        file
        for root, file in service.documents.failed_files()
        if seen is None or root.collection in seen
    ][:MOST_FAILED]


def _filters(text: str | None) -> Filters:
    if text is None:
        return NO_FILTERS
    try:
        conditions = encodable(json.loads(text))
    except (ValueError, RecursionError) as exc:
        raise FilterInvalid(
            "The filters are not JSON.", hint='Write them as in {"filename": "*.md"}.'
        ) from exc
    if not isinstance(conditions, dict):
        raise FilterInvalid(
            "The filters are no JSON object.", hint='Write them as in {"filename": "*.md"}.'
        )
    return filters_from_json(conditions)


def span_of(start: int | None, end: int | None, length: int) -> tuple[int, int] | None:
    """The span that was asked for in a text of that length; None where none was.

    Raises:
        HTTPException: It does not lie within the text.
    """
    if start is None and end is None:
        return None
    if start is None or end is None or not start < end <= length:
        raise HTTPException(
            422, f"There is no span from {start} to {end} in a text of {length} characters."
        )
    return start, end
