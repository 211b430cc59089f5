"""Access and refresh tokens: JSON Web Tokens (RFC 7519), made and verified with PyJWT.

No other module uses the JWT library. The first of `JWT_KEYS` signs, all of them verify, and each
token names its key (`kid`). A refresh token has the claim `mfa` when its session began with two
factors; an access token has `only` when it permits nothing but setting up a second factor.
"""

import hashlib
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Self

import jwt
from django.conf import settings

from accounts.models import User

ALGORITHM, AUDIENCE, ISSUER = "HS256", "service-api", "service"
REQUIRED_CLAIMS = ("exp", "iat", "jti", "sub", "sid", "type", "aud", "iss")


class TokenError(Exception):
    """The token is malformed, expired, of another type, or not signed with one of our keys."""


def key_id(key: str) -> str:
    """The name of a signing key in a token's header; it does not reveal the key."""
    return hashlib.sha256(f"kid:{key}".encode()).hexdigest()[:16]


def now() -> int:
    """The time in seconds since 1970."""
    return int(time.time())


@dataclass(frozen=True)
class Token:
    """The claims of one token. All tokens that come from one login share its session."""

    claims: dict[str, Any]
    type: ClassVar[str]

    @classmethod
    def create(
        cls, user: User, *, session_id: str, lifetime: timedelta, latest: int, **extra: Any
    ) -> Self:
        """A new token for a user's session. `latest` bounds its expiry, in seconds since 1970."""
        issued = now()
        expires = min(issued + int(lifetime.total_seconds()), latest)
        claims = {"sub": str(user.pk), "sid": session_id, "jti": uuid.uuid4().hex, **extra}
        return cls(claims | {"type": cls.type, "iat": issued, "exp": expires})

    @classmethod
    def decode(cls, raw: str) -> Self:
        """The verified token. Raises TokenError."""
        token = cls.decode_ignoring_expiry(raw)
        token.require_unexpired()
        return token

    @classmethod
    def decode_ignoring_expiry(cls, raw: str) -> Self:
        """The token when key, signature, type and claims are right. Raises TokenError."""
        try:
            key = _keys()[jwt.get_unverified_header(raw)["kid"]]
            claims = jwt.decode(
                raw,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                # `iat` is not compared: the clock of another server may be ahead of ours.
                options={
                    "require": list(REQUIRED_CLAIMS),
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
        except (jwt.InvalidTokenError, KeyError, TypeError) as error:
            raise TokenError() from error
        is_valid = all(isinstance(claims[name], str) for name in ("sub", "sid", "jti"))
        if not is_valid or not claims["sub"].isdecimal() or claims["type"] != cls.type:
            raise TokenError()
        return cls(claims)

    def encode(self) -> str:
        """The token, signed with the first key."""
        kid, key = next(iter(_keys().items()))
        claims = self.claims | {"aud": AUDIENCE, "iss": ISSUER}
        return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": kid})

    def require_unexpired(self) -> None:
        """Raises TokenError when the token has expired."""
        if int(self.claims["exp"]) <= now():
            raise TokenError()

    @property
    def user_id(self) -> int:
        """The user it was issued to."""
        return int(self.claims["sub"])

    @property
    def session_id(self) -> str:
        """The session it belongs to."""
        return str(self.claims["sid"])

    @property
    def jti(self) -> str:
        """Its own id."""
        return str(self.claims["jti"])

    @property
    def expires_at(self) -> int:
        """When it expires, in seconds since 1970."""
        return int(self.claims["exp"])

    @property
    def seconds_left(self) -> int:
        """How long it remains valid; at least 1."""
        return max(1, self.expires_at - now())


class AccessToken(Token):
    """Authenticates requests for ACCESS_LIFETIME."""

    type = "access"

    @property
    def is_limited(self) -> bool:
        """Whether it permits only the views that set up a second factor."""
        return "only" in self.claims


class RefreshToken(Token):
    """Can be exchanged once for the next pair."""

    type = "refresh"

    @property
    def is_multi_factor(self) -> bool:
        """Whether its session began with two factors."""
        return self.claims.get("mfa") is True


@dataclass(frozen=True, kw_only=True)
class TokenPair:
    """An access token and a refresh token, encoded."""

    access: str
    refresh: str


def create_tokens(
    user: User, *, session_id: str, latest: int, multi_factor: bool
) -> tuple[AccessToken, RefreshToken]:
    """New tokens for a user's session, which ends at `latest` (seconds since 1970).

    The refresh token remembers `multi_factor` for the next pair. Without it the access token is
    limited where APP_SECOND_FACTOR requires a second factor.
    """
    is_limited = not multi_factor and user.must_have_second_factor
    access: dict[str, Any] = {"only": "second-factor"} if is_limited else {}
    refresh: dict[str, Any] = {"mfa": True} if multi_factor else {}
    common: dict[str, Any] = {"session_id": session_id, "latest": latest}
    return (
        AccessToken.create(user, lifetime=settings.ACCESS_LIFETIME, **common, **access),
        RefreshToken.create(user, lifetime=settings.REFRESH_LIFETIME, **common, **refresh),
    )


def _keys() -> dict[str, str]:
    return {key_id(key): key for key in settings.JWT_KEYS}
