"""Keeps other sites from using a browser's cookies (cross-site request forgery).

A browser says itself where a request comes from, and no page can change that: Sec-Fetch-Site,
and for older ones Origin. Whoever sends neither is no browser, and has no business with cookies.
Source: OWASP's Cross-Site Request Forgery Prevention Cheat Sheet, "Fetch Metadata".
"""

from django.conf import settings
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
OURS = frozenset({"same-origin", "none"})


def require_same_origin(request: Request) -> None:
    """Raises PermissionDenied unless the request comes from our own pages.

    A page of a sister domain is not ours, unless APP_TRUSTED_ORIGINS names it.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site in OURS or _is_trusted(origin):
        return
    if site is None and origin is not None and origin == _own_origin(request):
        return
    raise PermissionDenied("A request with cookies must come from a page of this site.")


def require_same_origin_for_change(request: Request) -> None:
    """The same, for the methods that change something."""
    if request.method not in SAFE:
        require_same_origin(request)


def _is_trusted(origin: str | None) -> bool:
    return origin is not None and origin in settings.CSRF_TRUSTED_ORIGINS


def _own_origin(request: Request) -> str:
    return f"{request.scheme}://{request.get_host()}"
