"""Tells who is asking: a header for API clients, a cookie for browsers, never a query."""

from copy import copy
from functools import lru_cache
from typing import Any

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.utils import aware_utcnow

from accounts.auth import cookies
from accounts.auth.same_origin import require_same_origin_for_change
from accounts.auth.sessions import store
from accounts.auth.token_user import TokenUser
from accounts.auth.tokens import Access

AUTHORIZATION = "HTTP_AUTHORIZATION"  # in META: `headers` would copy them all
KNOWN_TOKENS = 2048  # of each process; about 2 kB each
REFUSED = "The token is not valid, or its session has ended. Log in again."
DEMANDED = "This account must have a second factor. Set one up at auth/second-factor/ first."


class SecondFactorDemanded(PermissionDenied):
    """The account has none, and must have one: its tokens open only what sets one up."""

    default_detail = DEMANDED
    kind = "/problems/second-factor-demanded"
    title = "Second factor demanded"


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer`, else the cookie; with a cookie a change must come from our site.

    Where the sessions cannot be asked the answer is 503: no ended session is ever let in.
    """

    def authenticate(self, request: Request) -> tuple[TokenUser, Access] | None:
        """The user and the token; None when nobody says who they are."""
        raw = bearer(request)
        if raw is None and AUTHORIZATION not in request.META:
            raw = request.COOKIES.get(cookies.ACCESS)
            if raw is not None:
                require_same_origin_for_change(request)
        if raw is None:
            return None
        token = read_access(raw)
        if token.limited and not getattr(_view(request), "before_second_factor", False):
            raise SecondFactorDemanded()
        user = TokenUser(token.user_id, token.session)
        return user, token

    def authenticate_header(self, request: Request) -> str:
        """With it the answer is 401, and not 403."""
        return 'Bearer realm="api"'


def _view(request: Request) -> Any:
    """The view that is asked; one that says nothing is closed to limited tokens."""
    return (request.parser_context or {}).get("view")


@lru_cache(maxsize=KNOWN_TOKENS)
def verified(raw: str, *, keys: tuple[str, ...]) -> Access:
    """The token, whose signature and claims are good: that never changes, so it is done once.

    What does change, its age and its session, is asked each time. Raises TokenError, which is not
    kept. `keys` are the ones that hold now: a key that is taken out ends what was known by it.
    """
    return Access.read(raw)


def fresh(known: Access) -> Access:
    """The token as it is read now. Raises TokenError when it is too old."""
    token = copy(known)
    token.current_time = aware_utcnow()
    token.check_exp()
    return token


def bearer(request: Request) -> str | None:
    """The token of the header, or None."""
    scheme, _, raw = request.META.get(AUTHORIZATION, "").partition(" ")
    return raw.strip() if scheme.lower() == "bearer" and raw.strip() else None


def read_access(raw: str) -> Access:
    """The token. Raises AuthenticationFailed unless it and its session are good."""
    try:
        token = fresh(verified(raw, keys=tuple(settings.JWT_KEYS)))
    except TokenError as error:
        raise AuthenticationFailed(REFUSED) from error
    session = store().find(token.session, jti=token.jti)
    if session is None or session.user != token.user_id:
        raise AuthenticationFailed(REFUSED)
    return token
