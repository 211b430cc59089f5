"""Prevents cross-site request forgery: a change with cookies must come from our own pages.

Browsers send Sec-Fetch-Site, older ones Origin, and no page can change these headers. A request
with cookies and neither header does not come from a browser, and is refused.
Source: OWASP's Cross-Site Request Forgery Prevention Cheat Sheet, "Fetch Metadata".
"""

from django.conf import settings
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def require_same_origin(request: Request) -> None:
    """Raises PermissionDenied unless the request comes from our own pages.

    A page of a sibling domain is not ours, unless APP_TRUSTED_ORIGINS lists it.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    is_trusted = origin is not None and origin in settings.CSRF_TRUSTED_ORIGINS
    if is_trusted or site in ("same-origin", "none"):
        return
    if site is None and origin == f"{request.scheme}://{request.get_host()}":
        return
    raise PermissionDenied("A request with cookies must come from a page of this site.")
