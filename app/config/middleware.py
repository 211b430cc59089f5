"""What every request passes first: health answers, then its id and its log line."""

import re
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from config import ledger
from config.logs import request_id
from config.request_log import write_down
from health.views import live, metrics, ready, version

Handler = Callable[[HttpRequest], HttpResponse]

ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class HealthMiddleware:
    """Answers probes before anything looks at the Host header: they call us by address."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.probes: dict[str, Handler] = {
            "/health/live": live,
            "/health/ready": ready,
            "/health/version": version,
            "/metrics": metrics,
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The probe's answer, or the rest of the service."""
        probe = self.probes.get(request.path_info.rstrip("/"))
        if probe is None:
            return self.get_response(request)
        return probe(request)


class RequestIdMiddleware:
    """Takes the edge's X-Request-ID (or makes one), gives it to the logs, and sends it back."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the id, and write down what the request cost."""
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        identity = given if ACCEPTED_ID.fullmatch(given) else secrets.token_hex(16)
        token = request_id.set(identity)
        opened, closing = ledger.begin()
        began = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = identity
            seconds = time.perf_counter() - began
            write_down(request, status=response.status_code, seconds=seconds, cost=opened)
        finally:
            ledger.end(closing)
            request_id.reset(token)
        return response
