"""One log line and one count for each request.

The route is the pattern that matched, never the address: addresses may hold tokens and ids. No
header, body or query string is written anywhere.
"""

import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import LazyObject, empty

from core.observability import metrics
from core.observability.request_stats import Ledger

logger = logging.getLogger("service.request")
UNMATCHED = "unmatched"


def route_of(request: HttpRequest) -> str:
    """The URL pattern, for example `api/v1/notes/<id:note_id>/`."""
    match = request.resolver_match
    return f"/{match.route}" if match is not None else UNMATCHED


def user_of(request: HttpRequest) -> Any:
    """The user's id when somebody has asked who it is: to log is no reason for a query."""
    user = getattr(request, "user", None)
    if isinstance(user, LazyObject) and user.__dict__.get("_wrapped", empty) is empty:
        return None
    return getattr(user, "pk", None)


def write_down(request: HttpRequest, *, status: int, seconds: float, cost: Ledger) -> None:
    """Log and count a request that took `seconds`. A slow one carries its statements."""
    route = route_of(request)
    slow = seconds * 1000 >= settings.SLOW_REQUEST_MS
    if slow or logger.isEnabledFor(logging.INFO):
        fields = {
            "method": request.method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            **cost.told(),
        }
        if (user := user_of(request)) is not None:
            fields["user"] = str(user)
        if slow:
            fields["statements"] = cost.listed()
        level = logging.WARNING if slow else logging.INFO
        logger.log(level, "slow request" if slow else "request", extra=fields)
    metrics.request_answered(
        method=request.method, route=route, status=status, seconds=seconds, asked=cost.queries
    )
