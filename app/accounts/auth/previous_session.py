"""The session that a browser had before it logged in anew (OWASP ASVS 5.0, 7.2.4)."""

from contextlib import suppress

from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.auth import cookies, services


def end_previous_session(request: Request) -> None:
    """End it: its cookies are overwritten now, and nobody could end it afterwards."""
    if raw := request.COOKIES.get(cookies.REFRESH):
        with suppress(AuthenticationFailed):  # it has ended by itself
            services.log_out(services.read_refresh(raw))
