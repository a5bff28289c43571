"""Errors in OpenAI's shape, on the OpenAI-compatible routes and nowhere else.

Everywhere else an error is problem details (`api.problems`). A stock OpenAI client reads
`{"error": {"message", "type", "param", "code"}}`, picks its exception by the status and shows the
message, so these routes speak its language: a request that is not valid is 400 and not 422. The
statuses and names come from the table of `api.errors`. What is refused before a route is found (a
body over the limit, a foreign host) stays problem details.
"""

import logging
import re
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from api.errors import kind_of
from api.problems import (
    REQUEST_ID_HEADER,
    RETRY_AFTER_S,
    BodyTooLarge,
    problem_of,
    problems,
    request_id_of,
)
from embeddings.errors import QuothError

logger = logging.getLogger(__name__)

Told = QuothError | RequestValidationError | HTTPException
Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}
_CODES = {"key-missing": "invalid_api_key", "key-refused": "invalid_api_key"}
_UNION_MEMBER = re.compile(r"str|int|bool|dict|list|[a-z-]+\[.*|[A-Z]\w*")


class RequestRefused(QuothError):
    """A request in OpenAI's format asks for what Quoth does not do.

    Attributes:
        code: The name of the refusal, for programs.
        param: The field that it is about; None where it is about no single one.
        status: Of the HTTP response.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        param: str | None = None,
        status: int = HTTPStatus.BAD_REQUEST,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.param = param
        self.status = status


class ErrorDetail(BaseModel):
    """What went wrong, as OpenAI's clients read it."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorModel(BaseModel):
    """An error in OpenAI's shape."""

    error: ErrorDetail


class OpenAIRoute(APIRoute):
    """A route whose errors have OpenAI's shape; bugs are left to the application's handler."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def handle_openai(request: Request) -> Response:
            try:
                return await handle(request)
            except BodyTooLarge:
                raise
            except (QuothError, RequestValidationError, HTTPException) as exc:
                return _response(request_id_of(request), exc)

        return handle_openai


def failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error statuses of a route, for its `responses`: those given and those of every route."""
    told: dict[int | str, dict[str, Any]] = {}
    for status, described in problems(*statuses).items():
        content = {"application/problem+json": {"schema": _PROBLEM_SCHEMA}}
        told[status] = {**described, "model": ErrorModel, "content": content}
    return told


_PROBLEM_SCHEMA = {"$ref": "#/components/schemas/ProblemModel"}


def error_in_stream(request_id: str, error: Exception) -> ErrorDetail:
    """What a stream that has begun tells of an error in place of its end."""
    if isinstance(error, QuothError | RequestValidationError | HTTPException):
        _, detail = _described(error)
        logger.info("Request %s failed: %s", request_id, detail.code)
        return detail
    told = problem_of(request_id, error)
    return _detail(told.status, told.detail, None, "internal")


def _response(request_id: str, error: Told) -> Response:
    status, detail = _described(error)
    logger.info("Request %s failed: %s", request_id, detail.code)
    may_pass = isinstance(error, QuothError) and error.retryable
    # Without it the official client tries every 409 twice more.
    headers = {REQUEST_ID_HEADER: request_id, "X-Should-Retry": "true" if may_pass else "false"}
    if may_pass:
        headers["Retry-After"] = str(getattr(error, "retry_after_s", RETRY_AFTER_S))
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(ErrorModel(error=detail).model_dump(), status, headers=headers)


def _described(error: Told) -> tuple[int, ErrorDetail]:
    if isinstance(error, RequestRefused):
        return error.status, _detail(error.status, error.message, error.param, error.code)
    if isinstance(error, QuothError):
        kind = kind_of(error)
        is_invalid = kind.status == HTTPStatus.UNPROCESSABLE_ENTITY
        status = HTTPStatus.BAD_REQUEST if is_invalid else kind.status
        code = _CODES.get(kind.slug, kind.slug.replace("-", "_"))
        return status, _detail(status, f"{error.message} {error.hint}".strip(), None, code)
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        param = _param(first["loc"])
        message = f"{param or 'The body'}: {first['msg']}."
        return HTTPStatus.BAD_REQUEST, _detail(400, message, param, "invalid_value")
    return error.status_code, _detail(error.status_code, f"{error.detail}.", None, None)


def _detail(status: int, message: str, param: str | None, code: str | None) -> ErrorDetail:
    otherwise = "server_error" if status >= 500 else "invalid_request_error"
    return ErrorDetail(message=message, type=_TYPES.get(status, otherwise), param=param, code=code)


def _param(place: tuple[int | str, ...]) -> str | None:
    """The place of an error as OpenAI writes it, `messages[0].content`; the names of a union's
    members are left out.
    """
    param = ""
    for part in place[1:]:
        if isinstance(part, int):
            param += f"[{part}]" if param else ""
        elif not _UNION_MEMBER.fullmatch(part):
            param += f".{part}" if param else part
    return param or None
