"""Who wrote last, and where in PostgreSQL's log that write ended.

Kept in Redis, where nothing is evicted, for users whose session or token was checked, and in a
signed cookie for all other clients. To read a position, a token is only looked at: a client that
invents one gains nothing. To keep one, the request must have been authenticated: else any client
could fill Redis with names that it invents.
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
from core.db.routing import EVERYTHING

logger = logging.getLogger("service.replicas")
# Nothing was done for who is not logged in, or asks too often.
REFUSED = frozenset({401, 429})
KEPT = 600  # seconds; a replica that is further behind than this has been taken out long ago


def _named_in(token: str) -> str:
    """The user that a JSON Web Token names; for another text, its digest."""
    parts = token.split(".")
    try:
        body = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
        return f"user:{body[settings.SIMPLE_JWT['USER_ID_CLAIM']]}"[:100]
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return f"token:{hashlib.sha256(token.encode()).hexdigest()}"


def name_of(request: HttpRequest) -> str | None:
    """Under which name this person's position is kept; None for a stranger."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme and token:
        return f"wal:{_named_in(token)}"
    for cookie in settings.WAL_COOKIES:
        if found := request.COOKIES.get(cookie):
            return f"wal:{_named_in(found)}"
    return None


def required(request: HttpRequest) -> int | None:
    """The position that this client must see. Where it cannot be known, nothing is enough."""
    found = [_in_cookie(request)]
    if name := name_of(request):
        try:
            found.append(caches["positions"].get(name))
        except RedisError:
            return EVERYTHING
    return max((int(each) for each in found if each), default=None)


def _in_cookie(request: HttpRequest) -> str:
    try:
        return request.get_signed_cookie(settings.WAL_COOKIE, default="", max_age=KEPT) or ""
    except signing.BadSignature:
        return ""


def _is_authenticated(request: HttpRequest) -> bool:
    """Whether a token or a session of this request was checked, and is good."""
    return bool(getattr(getattr(request, "user", None), "is_authenticated", False))


def remember(request: HttpRequest, response: HttpResponse, *, position: int) -> None:
    """Keep it. Where Redis is away it cannot be read either, and all go to the primary."""
    if (name := name_of(request)) and _is_authenticated(request):
        try:
            caches["positions"].set(name, position, timeout=KEPT)
        except RedisError as error:
            # Until Redis is back all go to the primary; then this one position is not known.
            logger.warning("a position was not kept", extra={"reason": type(error).__name__})
        return
    response.set_signed_cookie(
        settings.WAL_COOKIE,
        str(position),
        max_age=KEPT,
        secure=not settings.DEBUG,
        httponly=True,
        samesite="Lax",
    )


class ReplicaMiddleware:
    """Around each request, where there are replicas."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and keep the position when something was written."""
        token = routing.begin(method=request.method, required=required(request))
        position = None
        response: HttpResponse | None = None
        try:
            response = self.get_response(request)
        finally:
            refused = response is not None and response.status_code in REFUSED
            position = routing.end(token, ask=not refused)
        if position is not None:
            remember(request, response, position=position)
        return response
