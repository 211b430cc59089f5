"""What every request passes first: health answers, then its id and its log line."""

import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from config import ledger
from config.logs import request_id
from config.request_log import write_down
from health.views import live, metrics, ready, version

Handler = Callable[[HttpRequest], HttpResponse]

ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# The one inline style that is allowed: drf-spectacular's, on the page of the docs. A test compares.
DOCS_STYLE = "sha256-MMpT0iDxyjALd9PdfepImGX3DBfJPXZ4IlDWdPAgtn0="
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' '{DOCS_STYLE}'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)


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


class ContentPolicyMiddleware:
    """Says what a page of ours may load. The edge forbids everything where no policy is set."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; a page gets the policy, what is no page needs none."""
        response = self.get_response(request)
        page = response.headers.get("Content-Type", "").startswith("text/html")
        # The only pages from 500 on are Django's own, in debug mode, with styles of their own.
        if page and response.status_code < 500:
            response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        return response


class RequestIdMiddleware:
    """Takes the edge's X-Request-ID (or makes one), gives it to the logs, and sends it back."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the id, and write down what the request cost."""
        given = request.headers.get("X-Request-ID", "")
        identity = given if ACCEPTED_ID.fullmatch(given) else uuid.uuid4().hex
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
