"""The web page at `/`, a page for each document, the API's description at `/docs`, and the files
that they are made of.

None of it needs a key: the pages hold no content, and ask the API for it as any client does.
"""

from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response

from api.web.pages import (
    DOCS_FOLDER,
    DOCS_POLICY,
    FOLDER,
    PAGE_POLICY,
    SHELL,
    PageFile,
    accepts_gzip,
    headers_under,
    is_current,
    page_files,
)

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
    return _served(_asset(FOLDER, path), request)


@router.api_route("/docs", methods=["GET", "HEAD"])
def docs(request: Request) -> Response:
    """What the API's calls are, to read and to try."""
    return _served(page_files(DOCS_FOLDER)[SHELL], request, DOCS_POLICY)


@router.api_route("/docs/{path:path}", methods=["GET", "HEAD"])
def docs_asset(request: Request, path: str) -> Response:
    """A file of the API's description."""
    return _served(_asset(DOCS_FOLDER, path), request, DOCS_POLICY)


def _asset(folder: Path, path: str) -> PageFile:
    file = page_files(folder).get(path)
    if file is None or path == SHELL:
        raise HTTPException(404)
    return file


def _served(file: PageFile, request: Request, policy: Mapping[str, str] = PAGE_POLICY) -> Response:
    headers = {**headers_under(policy), "ETag": file.etag}
    if is_current(file.etag, request.headers.get("If-None-Match")):
        return Response(status_code=304, headers=headers)
    if accepts_gzip(request.headers.get("Accept-Encoding")):
        headers["Content-Encoding"] = "gzip"
        return Response(file.compressed, media_type=file.media_type, headers=headers)
    return Response(file.plain, media_type=file.media_type, headers=headers)
