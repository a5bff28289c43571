"""Every HTTP error as problem details (RFC 9457, `application/problem+json`) with the request's id.

The status and title come from the table that the command line uses too. What a person wrote is
never repeated in a problem but for the sentences that Quoth's own errors say.
"""

import logging
import re
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from api.errors import INTERNAL, TOO_LARGE, USAGE, ErrorKind, kind_of
from api.schemas import ProblemModel
from embeddings.errors import QuothError

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
REQUEST_ID_HEADER = "X-Request-Id"
BUG = "Quoth failed in a way that it does not know."
BUG_HINT = "The server's log says more under the request's id."
RETRY_AFTER_S = 1
EVERYWHERE = (400, 403, 413, 415, 421, 422, 500, 503)
"""What any request may be answered with: see `api.hosts`, `api.middleware` and `api.errors`."""
WITH_A_KEY = (401, 429)
TOO_LARGE_HINT = "Send less at once."
NOT_JSON = ErrorKind("not-json", 2, 415, "The body is not sent as JSON")
CUT_OFF = ErrorKind("cut-off", 1, 400, "The request was cut off")


class BodyTooLarge(HTTPException):
    """More of a body has come than the limit; passes through what reads bodies."""

    def __init__(self, detail: str) -> None:
        super().__init__(TOO_LARGE.status, detail)


def problems(*statuses: int, key: bool = True) -> dict[int | str, dict[str, Any]]:
    """The problem statuses of a route, for its `responses`: those given and those of every route.

    Args:
        *statuses: What the route itself may answer with.
        key: Whether the route may ask for a key.
    """
    every = {*statuses, *EVERYWHERE, *(WITH_A_KEY if key else ())}
    return {
        status: {"model": ProblemModel, "description": HTTPStatus(status).phrase}
        for status in sorted(every)
    }


def problem(
    request_id: str, kind: ErrorKind, detail: str, hint: str = "", *, retryable: bool = False
) -> Response:
    """A response that says what went wrong."""
    body = problem_model(request_id, kind, detail, hint)
    headers = {REQUEST_ID_HEADER: request_id}
    if retryable:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    if kind.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(body.model_dump_json(), kind.status, headers=headers, media_type=MEDIA_TYPE)


def problem_model(request_id: str, kind: ErrorKind, detail: str, hint: str = "") -> ProblemModel:
    """What went wrong, as the body of a response or an event of a stream."""
    return ProblemModel(
        type=f"urn:quoth:problem:{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        hint=hint,
        request_id=request_id,
    )


def problem_of(request_id: str, error: Exception) -> ProblemModel:
    """What an error is told as where a response has begun already, and what is logged of it."""
    if isinstance(error, QuothError):
        kind = kind_of(error)
        return problem_model(request_id, kind, *_told(request_id, kind, error))
    _log_bug(request_id, error)
    return problem_model(request_id, INTERNAL, BUG, BUG_HINT)


def request_id_of(request: Request) -> str:
    """The id that the request was given on its way in."""
    return str(request.scope.get("state", {}).get("request_id", ""))


def install_problem_handlers(app: FastAPI) -> None:
    """Lets every error of the app end as problem details."""
    app.add_exception_handler(QuothError, _on_quoth_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(BodyTooLarge, _on_large_body)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)
    app.add_exception_handler(Exception, _on_bug)


def _on_quoth_error(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, QuothError)
    kind, request_id = kind_of(exc), request_id_of(request)
    told = problem(request_id, kind, *_told(request_id, kind, exc), retryable=exc.retryable)
    if retry_after_s := getattr(exc, "retry_after_s", None):
        told.headers["Retry-After"] = str(retry_after_s)
    return told


def _told(request_id: str, kind: ErrorKind, error: QuothError) -> tuple[str, str]:
    """The detail and hint of an error. Of what went wrong with the server itself, as a damaged
    database, only its log tells more: the sentences name its files.
    """
    if kind.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("Request %s failed: %s: %s", request_id, kind.slug, error.message)
        return f"{kind.title}.", BUG_HINT
    logger.info("Request %s failed: %s", request_id, kind.slug)
    return error.message, error.hint


def _on_invalid_request(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RequestValidationError)
    first = exc.errors()[0]
    sent_as = request.headers.get("Content-Type", "")
    if first["loc"] == ("body",) and "json" not in sent_as:
        return problem(
            request_id_of(request),
            NOT_JSON,
            f"The body was sent as {sent_as!r}." if sent_as else "The body says no Content-Type.",
            "Send it with `Content-Type: application/json`.",
        )
    place = ".".join(str(part) for part in first["loc"]) or "body"
    return problem(
        request_id_of(request),
        USAGE,
        f"{place}: {first['msg'].removeprefix('Value error, ')}.",
        "The API's description is at /openapi.json.",
    )


def _on_http_error(request: Request, exc: Exception) -> Response:
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
    if exc.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = ", ".join(_methods_of(request))
    return response


def _methods_of(request: Request) -> list[str]:
    """All methods that a path takes; the framework names those of its first route alone."""
    path = getattr(request.scope.get("route"), "path", None)
    routes = iter_route_contexts(request.app.routes)
    return sorted({m for route in routes if route.path == path for m in route.methods or ()})


def _on_bug(request: Request, exc: Exception) -> Response:
    _log_bug(request_id_of(request), exc)
    response = problem(request_id_of(request), INTERNAL, BUG, BUG_HINT)
    # This one goes out around the middleware that says so of all others.
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _on_large_body(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, BodyTooLarge)
    return problem(request_id_of(request), TOO_LARGE, exc.detail, TOO_LARGE_HINT)


def _on_disconnect(request: Request, exc: Exception) -> Response:
    """Nobody reads this, unless a proxy still does."""
    logger.info("Request %s was cut off.", request_id_of(request))
    return problem(request_id_of(request), CUT_OFF, "The body ended before its end.", "Send again.")


def _log_bug(request_id: str, exc: Exception) -> None:
    logger.error("Request %s met a bug: %s", request_id, type(exc).__name__)
    logger.debug("The bug in request %s:", request_id, exc_info=exc)
