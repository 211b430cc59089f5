"""Django's middleware for who is logged in by a session: for pages, and for logging in.

The API's own answers know no session, no message and no user of Django's (a token says who asks),
so they pass these three by. Everything that protects an answer is for all.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware as Authentication
from django.contrib.messages.middleware import MessageMiddleware as Messages
from django.contrib.sessions.middleware import SessionMiddleware as Sessions
from django.http import HttpRequest
from django.http.response import HttpResponseBase

API = "/api/v1/"


class _OfPages:
    """Stands before one of Django's among a class's parents."""

    get_response: Any

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)  # type: ignore[call-arg]
        self.logging_in = settings.AUTH_COOKIE_PATH

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Django's, unless the address is the API's own."""
        path = request.path_info
        if path.startswith(API) and not path.startswith(self.logging_in):
            return self.get_response(request)  # type: ignore[no-any-return]
        return super().__call__(request)  # type: ignore[misc,no-any-return]


class SessionMiddleware(_OfPages, Sessions):
    """The session of a page."""


class AuthenticationMiddleware(_OfPages, Authentication):
    """Who a page's session belongs to."""


class MessageMiddleware(_OfPages, Messages):
    """What a page tells once."""
