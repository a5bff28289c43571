"""The web page at `/`, a page for each document, and the files that both are made of.

None of it needs a key: the page holds no content, and asks the API for it as any client does.
"""

from fastapi import APIRouter, HTTPException, Request, Response

from api.web.pages import HEADERS, SHELL, PageFile, accepts_gzip, is_current, page_files

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
def home(request: Request) -> Response:
    """Where questions are asked."""
    return _served(page_files()[SHELL], request)


@router.api_route("/documents/{document_id}", methods=["GET", "HEAD"])
def document(request: Request, document_id: str) -> Response:
    """A document's text with a span marked; the same shell, which reads its own address."""
    return _served(page_files()[SHELL], request)


@router.api_route("/assets/{path:path}", methods=["GET", "HEAD"])
def asset(request: Request, path: str) -> Response:
    """A file of the page."""
    file = page_files().get(path)
    if file is None or path == SHELL:
        raise HTTPException(404)
    return _served(file, request)


def _served(file: PageFile, request: Request) -> Response:
    headers = {**HEADERS, "ETag": file.etag}
    if is_current(file.etag, request.headers.get("If-None-Match")):
        return Response(status_code=304, headers=headers)
    if accepts_gzip(request.headers.get("Accept-Encoding")):
        headers["Content-Encoding"] = "gzip"
        return Response(file.compressed, media_type=file.media_type, headers=headers)
    return Response(file.plain, media_type=file.media_type, headers=headers)
