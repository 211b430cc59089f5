"""Gives each request an id, and logs it."""

import re
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core.observability import request_stats
from core.observability.log_format import request_id
from core.observability.request_log import log_request

Handler = Callable[[HttpRequest], HttpResponse]

ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestIdMiddleware:
    """Uses the edge's X-Request-ID, or a new one, in the logs and in the response."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response with the id, and log the request with its cost."""
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        identity = given if ACCEPTED_ID.fullmatch(given) else secrets.token_hex(16)
        id_token = request_id.set(identity)
        stats, stats_token = request_stats.begin()
        began = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = identity
            seconds = time.perf_counter() - began
            log_request(request, status=response.status_code, seconds=seconds, stats=stats)
        finally:
            request_stats.end(stats_token)
            request_id.reset(id_token)
        return response
