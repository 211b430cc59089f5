"""Tells who is asking: a header for API clients, a cookie for browsers, never a query."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError

from accounts import cookies
from accounts.origin import demand_own_site_for_change
from accounts.sessions import store
from accounts.token_user import TokenUser
from accounts.tokens import Access

REFUSED = "The token is not valid, or its session has ended. Log in again."


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer`, else the cookie; with a cookie a change must come from our site.

    Where the sessions cannot be asked the answer is 503: no ended session is ever let in.
    """

    def authenticate(self, request: Request) -> tuple[TokenUser, Access] | None:
        """The user and the token; None when nobody says who they are."""
        raw = bearer(request)
        if raw is None and "Authorization" not in request.headers:
            raw = request.COOKIES.get(cookies.ACCESS)
            if raw is not None:
                demand_own_site_for_change(request)
        if raw is None:
            return None
        token = read_access(raw)
        user = TokenUser(token.user_id, token.get("staff") is True, token.session)
        return user, token

    def authenticate_header(self, request: Request) -> str:
        """With it the answer is 401, and not 403."""
        return 'Bearer realm="api"'


def bearer(request: Request) -> str | None:
    """The token of the header, or None."""
    scheme, _, raw = request.headers.get("Authorization", "").partition(" ")
    return raw.strip() if scheme.lower() == "bearer" and raw.strip() else None


def read_access(raw: str) -> Access:
    """The token. Raises AuthenticationFailed unless it and its session are good."""
    try:
        token = Access(raw)
    except TokenError as error:
        raise AuthenticationFailed(REFUSED) from error
    session = store().find(token.session, jti=token.jti)
    if session is None or session.user != token.user_id:
        raise AuthenticationFailed(REFUSED)
    return token
