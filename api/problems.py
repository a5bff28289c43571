"""Every HTTP error as problem details (RFC 9457, `application/problem+json`) with the request's id.

The status and title come from the table that the command line uses too. What a person wrote is
never repeated in a problem but for the sentences that Quoth's own errors say.
"""

import logging
import re
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from api.errors import INTERNAL, USAGE, ErrorKind, kind_of
from api.schemas import ProblemModel
from embeddings.errors import QuothError

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
REQUEST_ID_HEADER = "X-Request-Id"
RETRY_AFTER_S = "1"


def problem(
    request_id: str, kind: ErrorKind, detail: str, hint: str = "", *, retryable: bool = False
) -> JSONResponse:
    """A response that says what went wrong."""
    body = ProblemModel(
        type=f"urn:quoth:problem:{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        hint=hint,
        request_id=request_id,
    )
    headers = {REQUEST_ID_HEADER: request_id}
    if retryable:
        headers["Retry-After"] = RETRY_AFTER_S
    return JSONResponse(
        body.model_dump(mode="json"), kind.status, headers=headers, media_type=MEDIA_TYPE
    )


def request_id_of(request: Request) -> str:
    """The id that the request was given on its way in."""
    return str(request.scope.get("state", {}).get("request_id", ""))


def install_problem_handlers(app: FastAPI) -> None:
    """Lets every error of the app end as problem details."""
    app.add_exception_handler(QuothError, _on_quoth_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_bug)


def _on_quoth_error(request: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, QuothError)
    kind = kind_of(exc)
    logger.info("Request %s failed: %s", request_id_of(request), kind.slug)
    return problem(request_id_of(request), kind, exc.message, exc.hint, retryable=exc.retryable)


def _on_invalid_request(request: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, RequestValidationError)
    first = exc.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or "body"
    return problem(
        request_id_of(request),
        USAGE,
        f"{place}: {first['msg']}.",
        "The API's description is at /openapi.json.",
    )


def _on_http_error(request: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, HTTPException)
    phrase = HTTPStatus(exc.status_code).phrase
    slug = re.sub(r"[^a-z]+", "-", phrase.lower())
    kind = ErrorKind(slug, 1, exc.status_code, phrase)
    sentences = {
        404: "There is nothing at this path.",
        405: f"This path does not take {request.method}.",
    }
    response = problem(
        request_id_of(request),
        kind,
        sentences.get(exc.status_code, str(exc.detail)),
        "The API's description is at /openapi.json.",
    )
    response.headers.update(exc.headers or {})
    return response


def _on_bug(request: Request, exc: Exception) -> JSONResponse:
    logger.error("Request %s met a bug: %s", request_id_of(request), type(exc).__name__)
    logger.debug("The bug in request %s:", request_id_of(request), exc_info=exc)
    return problem(
        request_id_of(request),
        INTERNAL,
        "Quoth failed in a way that it does not know.",
        "The server's log says more under the request's id.",
    )
