"""`/v1/documents/{id}/pages` and `/boxes`: the pages of a document as pictures, and where a quote
stands on them.

Both are made by a process beside the server, one at a time; requests wait for it without holding
the threads that questions need.
"""

from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.deps import AskerDep, ServiceDep
from api.problems import problems
from api.replies import reply
from api.routes.documents import DocumentId, Offset, entry_of, span_of
from api.schemas_pages import QuoteBoxesModel, boxes_json
from api.web.pages import is_current
from rag.ingest.pdf.looking import QuoteBoxes

router = APIRouter(tags=["documents"])

AT_ONCE = 1
"""There is one process for them."""
CACHED_S = 3600

PageNumber = Annotated[int, Path(ge=1, le=10_000_000, description="From 1.")]
Width = Annotated[int, Query(ge=100, le=3000, description="Of the picture, in pixels.")]


@router.get(
    "/v1/documents/{document_id}/pages/{page}",
    summary="See a page of a document",
    response_class=Response,
    responses={
        200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}},
        304: {"description": "The picture is the one that the client has"},
        **problems(404, 410),
    },
)
async def page_picture(
    request: Request,
    document_id: DocumentId,
    page: PageNumber,
    service: ServiceDep,
    caller: AskerDep,
    width: Width = 1200,
) -> Response:
    """A page as PNG, made from the file while that still is what was read (else 410).

    Only PDF files have pages that can be shown; 404 says that a document has none such.
    """

    def draw() -> Response:
        document = entry_of(document_id, service, caller.access).document
        etag = f'"{document.sha256[:16]}-{page}-{width}"'
        headers = {"ETag": etag, "Cache-Control": f"private, max-age={CACHED_S}"}
        headers["X-Content-Type-Options"] = "nosniff"
        if is_current(etag, request.headers.get("If-None-Match")):
            return Response(status_code=304, headers=headers)
        picture = service.pages.picture(document_id, page, width)
        return Response(picture, media_type="image/png", headers=headers)

    slots: CapacityLimiter = request.app.state.page_slots
    return await to_thread.run_sync(draw, limiter=slots)


@router.get(
    "/v1/documents/{document_id}/boxes",
    summary="Find a span of a document on its pages",
    response_model=QuoteBoxesModel,
    responses=problems(404, 410),
)
async def quote_boxes(
    request: Request,
    document_id: DocumentId,
    service: ServiceDep,
    caller: AskerDep,
    start: Offset = None,
    end: Offset = None,
) -> Response:
    """The pages that a span of the text stands on, with a box around each line of its words.

    Without a span it only says how many pages there are. A span that does not lie within the text
    is refused (422), as is a document without pages (404).
    """

    def find() -> Response:
        entry_of(document_id, service, caller.access)
        length = service.documents.text_length(document_id)
        span = span_of(start, end, length)
        if span is None:
            found = QuoteBoxes(service.pages.count(document_id), ())
        else:
            found = service.pages.boxes(document_id, *span)
        return reply(boxes_json(document_id, found))

    slots: CapacityLimiter = request.app.state.page_slots
    return await to_thread.run_sync(find, limiter=slots)
