"""The token cookies of web clients: scripts cannot read them, other sites cannot send them."""

from datetime import timedelta

from django.conf import settings
from rest_framework.response import Response

# Browsers accept these prefixes over TLS only, and __Host- from this host only.
ACCESS = "__Host-access"
REFRESH = "__Secure-refresh"


def set_token_cookies(response: Response, *, access: str, refresh: str) -> None:
    """Set both cookies; each lasts as long as its token."""
    _set(response, ACCESS, access, path="/", max_age=settings.ACCESS_LIFETIME)
    path, max_age = settings.AUTH_COOKIE_PATH, settings.REFRESH_LIFETIME
    _set(response, REFRESH, refresh, path=path, max_age=max_age)


def delete_token_cookies(response: Response) -> None:
    """Delete both cookies."""
    response.delete_cookie(ACCESS, path="/", samesite="Strict")
    response.delete_cookie(REFRESH, path=settings.AUTH_COOKIE_PATH, samesite="Strict")


def _set(response: Response, name: str, value: str, *, path: str, max_age: timedelta) -> None:
    response.set_cookie(
        name, value, max_age=max_age, path=path, secure=True, httponly=True, samesite="Strict"
    )
