"""Reads the one file of a multipart form, which lies on disk above a megabyte and never in memory
whole.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from fastapi import HTTPException, Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

MEDIA_TYPE = "multipart/form-data"
_MISSING = "Send one file, whole, as the part 'file' of a form, and nothing beside it."


@asynccontextmanager
async def file_of(request: Request) -> AsyncIterator[UploadFile]:
    """The file in the form's part `file`, closed in the end.

    Raises:
        HTTPException: 415, it is no such form; 400, it is cut off or has more than one part; 422,
            the part is no file.
    """
    media_type, options = parse_options_header(request.headers.get("Content-Type", ""))
    if media_type.lower() != MEDIA_TYPE.encode():
        raise HTTPException(415, f"Send the file as {MEDIA_TYPE}.")
    body = _whole(request.stream(), options.get(b"boundary", b""))
    try:
        form = await MultiPartParser(request.headers, body, max_files=1, max_fields=0).parse()
    except MultiPartException as exc:
        raise HTTPException(400, f"{_MISSING} {exc.message}") from exc
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise HTTPException(422, _MISSING)
        yield file
    finally:
        await form.close()


async def _whole(body: AsyncIterator[bytes], boundary: bytes) -> AsyncGenerator[bytes, None]:
    """The blocks of a body. The parser takes one that is cut off for one that has ended."""
    end = b"--" + boundary + b"--"
    last = b""
    has_ended = False
    async for block in body:
        has_ended = has_ended or end in last + block
        last = block[-len(end) :] if len(block) >= len(end) else (last + block)[-len(end) :]
        yield block
    if not has_ended:
        raise MultiPartException("The form is cut off.")
