"""Errors as problem details (RFC 9457): one shape for every error of the API."""

import logging
import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from core.api.exceptions import Unavailable
from core.db import disk_space
from core.observability.log_format import request_id
from core.resilience import UNAVAILABLE

CONTENT_TYPE = "application/problem+json"
DISK_FULL = "Nothing can be written just now: the database's disk is full."
logger = logging.getLogger("service.errors")


# Added by apps: each may return another error in place of the one that was raised, or None.
Translate = Callable[..., Exception | None]
translators: list[Translate] = []


class TooLarge(exceptions.APIException):
    """The body exceeds DATA_UPLOAD_MAX_MEMORY_SIZE, and was not read."""

    status_code = 413
    default_detail = "The body is too large."


def problem(
    status: int, *, detail: str = "", errors: Any = None, kind: str = "", title: str = ""
) -> dict[str, Any]:
    """Return the body of an error. `kind` is its problem type, where the status is not enough."""
    body: dict[str, Any] = {
        "type": kind or "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
    }
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    if identity := request_id.get():
        body["request_id"] = identity
    return body


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER. Return None for an unexpected error: `server_error` handles it."""
    if isinstance(error, UNAVAILABLE):
        full = disk_space.is_full(error)
        reason = type(error.__cause__ or error).__name__
        logger.warning("a part is unavailable", extra={"reason": reason})
        error = Unavailable(DISK_FULL) if full else Unavailable()
    if isinstance(error, RequestDataTooBig):
        error = TooLarge()
    for translate in translators:
        error = translate(error, context=context) or error
    if isinstance(error, ValidationError):
        error = exceptions.ValidationError(
            error.message_dict if hasattr(error, "error_dict") else error.messages
        )
    response = exception_handler(error, context)
    if response is None:
        return None
    set_rollback()
    if isinstance(error, exceptions.ValidationError):
        body = problem(response.status_code, detail="The input is not valid.", errors=response.data)
    else:
        kind, title = getattr(error, "kind", ""), getattr(error, "title", "")
        body = problem(response.status_code, detail=_detail(error), kind=kind, title=title)
    response.data = body
    response.content_type = None if _wants_page(context) else CONTENT_TYPE
    return response


def _detail(error: Exception) -> str:
    if isinstance(error, exceptions.APIException):
        return str(error.detail)
    if isinstance(error, PermissionDenied):
        return "You may not do this."
    return "There is nothing at this address." if isinstance(error, Http404) else ""


def _wants_page(context: dict[str, Any]) -> bool:
    """Whether the response is the browsable API's HTML page."""
    request = context.get("request")
    renderer = getattr(request, "accepted_renderer", None)
    return getattr(renderer, "format", "json") == "api"


def _response(status: int, *, detail: str) -> JsonResponse:
    return JsonResponse(problem(status, detail=detail), status=status, content_type=CONTENT_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Django's handler400: also for a Host header that is not allowed."""
    return _response(400, detail="The request is malformed.")


def forbidden(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Django's handler403."""
    return _response(403, detail="You may not do this.")


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Django's handler404."""
    return _response(404, detail="There is nothing at this address.")


def server_error(request: HttpRequest) -> JsonResponse:
    """Django's handler500: the log has the reason under the request id.

    Outside of the API, in the admin for example, it also handles an unavailable part.
    """
    error = sys.exception()
    if isinstance(error, Unavailable):
        return unavailable(error)
    if isinstance(error, UNAVAILABLE):
        return unavailable(Unavailable())
    return _response(500, detail="The service failed. The log has the reason under the request id.")


def unavailable(error: Unavailable) -> JsonResponse:
    """Return 503 outside of the API."""
    response = _response(503, detail=str(error.detail))
    response["Retry-After"] = str(error.wait)
    return response


def too_many(*, wait: int) -> JsonResponse:
    """Return 429 outside of the API; `wait` in seconds."""
    response = _response(429, detail="Too many requests. Try again later.")
    response["Retry-After"] = str(wait)
    return response
