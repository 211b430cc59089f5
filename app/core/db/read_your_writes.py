"""The WAL position of each client's last write, for `core.db.routing`.

Stored in the durable Redis for authenticated users, and in a signed cookie for other clients. To
read a position, a token is not verified: a client that invents one gains nothing. To store one,
the request must be authenticated: else any client could fill Redis with names that it invents.
"""

import base64
import binascii
import hashlib
import json
import logging
from collections.abc import Callable

from django.conf import settings
from django.core import signing
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from redis.exceptions import RedisError

from core.db import routing
from core.db.routing import PRIMARY_REQUIRED

logger = logging.getLogger("service.replicas")
# Nothing was written for a client that is not logged in, or over its rate limit.
REFUSED = frozenset({401, 429})
POSITION_TTL = 600  # seconds; a replica that is further behind was removed long ago


def _user_of(token: str) -> str:
    """The user of a JSON Web Token; for any other text, its digest."""
    parts = token.split(".")
    try:
        body = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
        return f"user:{body['sub']}"[:100]
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return f"token:{hashlib.sha256(token.encode()).hexdigest()}"


def key_of(request: HttpRequest) -> str | None:
    """The key of the client's position; None for a client without a token or session."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme and token:
        return f"wal:{_user_of(token)}"
    for cookie in settings.WAL_COOKIES:
        if found := request.COOKIES.get(cookie):
            return f"wal:{_user_of(found)}"
    return None


def required_position(request: HttpRequest) -> int | None:
    """The position that this client must see; while Redis is unavailable, the primary's."""
    found = [_in_cookie(request)]
    if key := key_of(request):
        try:
            found.append(caches["positions"].get(key))
        except RedisError:
            return PRIMARY_REQUIRED
    return max((int(each) for each in found if each), default=None)


def _in_cookie(request: HttpRequest) -> str:
    try:
        return (
            request.get_signed_cookie(settings.WAL_COOKIE, default="", max_age=POSITION_TTL) or ""
        )
    except signing.BadSignature:
        return ""


def _is_authenticated(request: HttpRequest) -> bool:
    """Whether the request's token or session was verified."""
    return bool(getattr(getattr(request, "user", None), "is_authenticated", False))


def store_position(request: HttpRequest, response: HttpResponse, *, position: int) -> None:
    """Store it. While Redis is unavailable all requests of tokens go to the primary anyway."""
    if (key := key_of(request)) and _is_authenticated(request):
        try:
            caches["positions"].set(key, position, timeout=POSITION_TTL)
        except RedisError as error:
            # Once Redis is back, this one position is not known.
            logger.warning(
                "a write's position was not stored", extra={"reason": type(error).__name__}
            )
        return
    response.set_signed_cookie(
        settings.WAL_COOKIE,
        str(position),
        max_age=POSITION_TTL,
        secure=not settings.DEBUG,
        httponly=True,
        samesite="Lax",
    )


class ReplicaMiddleware:
    """Route each request's reads, and store the position of its writes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and store the position if something was written."""
        token = routing.begin(method=request.method, required=required_position(request))
        position = None
        response: HttpResponse | None = None
        try:
            response = self.get_response(request)
        finally:
            refused = response is not None and response.status_code in REFUSED
            position = routing.end(token, may_have_written=not refused)
        if position is not None:
            store_position(request, response, position=position)
        return response
