"""The Content-Security-Policy of HTML pages.

The edge forbids everything where no policy is set, and passes on the one that is set here. A page
that needs more calls `allow` for its own response; an inline style or script has a nonce, new for
each response, and never `unsafe-inline`.
"""

import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

Handler = Callable[[HttpRequest], HttpResponse]

PAGE = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}


def new_nonce() -> str:
    """Return a random nonce of 128 bits, for one response."""
    return secrets.token_urlsafe(16)


def allow(response: HttpResponseBase, directive: str, source: str) -> None:
    """Allow one more source for this response."""
    more = response.__dict__.setdefault("content_policy", {})
    more[directive] = f"{more.get(directive, PAGE.get(directive, ''))} {source}".strip()


def policy_of(response: HttpResponseBase) -> str:
    """Return the header's value."""
    directives = {**PAGE, **response.__dict__.get("content_policy", {})}
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


class ContentPolicyMiddleware:
    """Sets the policy of each HTML page; other responses and redirects need none."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response with its policy."""
        response = self.get_response(request)
        page = response.headers.get("Content-Type", "").startswith("text/html")
        # The only pages from 500 on are Django's own, in debug mode, with styles of their own.
        if page and response.status_code // 100 in (2, 4):
            response.headers.setdefault("Content-Security-Policy", policy_of(response))
        return response
