"""Give each request an id, and write its log line."""

import re
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core.observability import request_stats
from core.observability.log_format import request_id
from core.observability.request_log import write_down

Handler = Callable[[HttpRequest], HttpResponse]

ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestIdMiddleware:
    """Takes the edge's X-Request-ID (or makes one), gives it to the logs, and sends it back."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the id, and write down what the request cost."""
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        identity = given if ACCEPTED_ID.fullmatch(given) else secrets.token_hex(16)
        token = request_id.set(identity)
        opened, closing = request_stats.begin()
        began = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = identity
            seconds = time.perf_counter() - began
            write_down(request, status=response.status_code, seconds=seconds, cost=opened)
        finally:
            request_stats.end(closing)
            request_id.reset(token)
        return response
