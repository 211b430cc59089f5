"""The cookies of web clients: scripts cannot read them, other sites cannot send them."""

from datetime import timedelta

from django.conf import settings
from rest_framework.response import Response

# The prefixes are the browser's promise: over TLS only, and __Host- for this host alone.
ACCESS = "__Host-access"
REFRESH = "__Secure-refresh"


def put(response: Response, *, access: str, refresh: str) -> None:
    """Set both; each lasts as long as its token."""
    _set(response, ACCESS, value=access, path="/", seconds=settings.ACCESS_LIFETIME)
    path, seconds = settings.AUTH_COOKIE_PATH, settings.REFRESH_LIFETIME
    _set(response, REFRESH, value=refresh, path=path, seconds=seconds)


def clear(response: Response) -> None:
    """Take both back."""
    response.delete_cookie(ACCESS, path="/", samesite="Strict")
    response.delete_cookie(REFRESH, path=settings.AUTH_COOKIE_PATH, samesite="Strict")


def _set(response: Response, name: str, *, value: str, path: str, seconds: timedelta) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path=path, secure=True, httponly=True, samesite="Strict"
    )
