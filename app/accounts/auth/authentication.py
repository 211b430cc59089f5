"""Authenticates a request by its access token: a header for API clients, a cookie for browsers."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from accounts.auth import cookies
from accounts.auth.same_origin import SAFE_METHODS, require_same_origin
from accounts.auth.sessions.store import session_store
from accounts.auth.token_user import TokenUser
from accounts.auth.tokens import AccessToken, TokenError

AUTHORIZATION = "HTTP_AUTHORIZATION"  # in META: `headers` would copy all headers
MAX_CACHED_TOKENS = 2048  # in each process; about 2 kB each
INVALID_TOKEN = "The token is not valid, or its session has ended. Log in again."
SETUP_REQUIRED = "This account must have a second factor. Set one up at auth/second-factor/ first."


class SecondFactorDemanded(PermissionDenied):
    """The account must set up a second factor; until then only the views for that are permitted."""

    default_detail = SETUP_REQUIRED
    kind = "/problems/second-factor-demanded"
    title = "Second factor demanded"


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer`, else the cookie; a change with a cookie must be same-origin.

    When the sessions in Redis cannot be checked, the answer is 503: an ended session is never
    accepted.
    """

    def authenticate(self, request: Request) -> tuple[TokenUser, AccessToken] | None:
        """The user and the token; None when the request has no credentials."""
        raw = bearer_token(request)
        if raw is None and AUTHORIZATION not in request.META:
            raw = request.COOKIES.get(cookies.ACCESS)
            if raw is not None and request.method not in SAFE_METHODS:
                require_same_origin(request)
        if raw is None:
            return None
        token = verify_access_token(raw)
        view = (request.parser_context or {}).get("view")
        if token.is_limited and not getattr(view, "allow_without_second_factor", False):
            raise SecondFactorDemanded()
        return TokenUser(token.user_id, token.session_id), token

    def authenticate_header(self, request: Request) -> str:
        """Make the status of a refusal 401 instead of 403."""
        return 'Bearer realm="api"'


def bearer_token(request: Request) -> str | None:
    """The token of the Authorization header, or None."""
    scheme, _, raw = request.META.get(AUTHORIZATION, "").partition(" ")
    return raw.strip() if scheme.lower() == "bearer" and raw.strip() else None


def verify_access_token(raw: str) -> AccessToken:
    """The token. Raises AuthenticationFailed unless it is valid and its session has not ended."""
    try:
        token = decode_cached(raw, keys=tuple(settings.JWT_KEYS))
        token.require_unexpired()
    except TokenError as error:
        raise AuthenticationFailed(INVALID_TOKEN) from error
    session = session_store().find(token.session_id, jti=token.jti)
    if session is None or session.user_id != token.user_id:
        raise AuthenticationFailed(INVALID_TOKEN)
    return token


@lru_cache(maxsize=MAX_CACHED_TOKENS)
def decode_cached(raw: str, *, keys: Any) -> AccessToken:
    """The token with a valid signature, which cannot change: its expiry and session can.

    Raises TokenError, which is not cached. `keys` are part of the cache key, so that a key that is
    removed ends the tokens that it signed.
    """
    return AccessToken.decode_ignoring_expiry(raw)
