"""Logs and counts each request.

The route is the URL pattern, never the path: a path may hold tokens and ids. No header, body or
query string is logged.
"""

import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import LazyObject, empty

from core.observability import metrics
from core.observability.request_stats import RequestStats

logger = logging.getLogger("service.request")
UNMATCHED = "unmatched"


def route_of(request: HttpRequest) -> str:
    """Return the URL pattern, for example `api/v1/notes/<id:note_id>/`."""
    match = request.resolver_match
    return f"/{match.route}" if match is not None else UNMATCHED


def user_of(request: HttpRequest) -> Any:
    """Return the user's id if the view has loaded the user; logging alone makes no query."""
    user = getattr(request, "user", None)
    # Django has no public way to ask whether a lazy object was evaluated (test_logs watches this).
    if isinstance(user, LazyObject) and user.__dict__.get("_wrapped", empty) is empty:
        return None
    return getattr(user, "pk", None)


def log_request(request: HttpRequest, *, status: int, seconds: float, stats: RequestStats) -> None:
    """Log and count a request. The line of a slow one (SLOW_REQUEST_MS) lists its statements."""
    route = route_of(request)
    slow = seconds * 1000 >= settings.SLOW_REQUEST_MS
    if slow or logger.isEnabledFor(logging.INFO):
        fields = {
            "method": request.method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            **stats.as_log_fields(),
        }
        if (user := user_of(request)) is not None:
            fields["user"] = str(user)
        if slow:
            fields["statements"] = stats.statements_for_log()
        level = logging.WARNING if slow else logging.INFO
        logger.log(level, "slow request" if slow else "request", extra=fields)
    metrics.count_request(
        method=request.method, route=route, status=status, seconds=seconds, queries=stats.queries
    )
