"""The two tokens: a short one that opens doors, a long one that only gets the next pair."""

from typing import Self

from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from accounts.auth.signing_keys import KeySetBackend, backend
from accounts.models import User


class SessionToken(Token):
    """A token of a session: `sub` is the user's number, `sid` the session's."""

    def get_token_backend(self) -> KeySetBackend:
        """Ours, with the set of keys."""
        return backend()

    @classmethod
    def of(cls, user: User, *, session: str) -> Self:
        """A new token for this user's session."""
        token = cls()
        token["sub"] = str(user.pk)
        token["sid"] = session
        return token

    @classmethod
    def read(cls, raw: str) -> Self:
        """The token that was sent. Raises TokenError for one that is none, or too old."""
        return cls(raw)  # type: ignore[arg-type]

    def verify(self) -> None:
        """Raises TokenError when it is too old, of another type, or names nobody."""
        super().verify()
        if not all(isinstance(self.payload[name], str) for name in ("sub", "sid", "jti")):
            raise TokenError("Token is invalid")
        if not self.payload["sub"].isdecimal():
            raise TokenError("Token is invalid")

    @property
    def user_id(self) -> int:
        """Whose it is."""
        return int(self.payload["sub"])

    @property
    def session(self) -> str:
        """The session, which all tokens share that came from one login."""
        return str(self.payload["sid"])

    @property
    def jti(self) -> str:
        """Its own name."""
        return str(self.payload["jti"])

    @property
    def made_at(self) -> int:
        """Now, in seconds since 1970: when it was made, or read."""
        return int(self.current_time.timestamp())

    @property
    def seconds_left(self) -> int:
        """How long it is valid; at least 1."""
        return max(1, int(self.payload["exp"]) - self.made_at)


class Access(SessionToken):
    """Opens the API for 15 minutes."""

    token_type = "access"
    lifetime = settings.ACCESS_LIFETIME

    @property
    def limited(self) -> bool:
        """Whether it opens only what sets a second factor up."""
        return "only" in self.payload


class Refresh(SessionToken):
    """Gets the next pair, once."""

    token_type = "refresh"
    lifetime = settings.REFRESH_LIFETIME

    @property
    def strong(self) -> bool:
        """Whether its session began with two factors."""
        return self.payload.get("strong") is True


def pair_of(user: User, *, session: str, strong: bool) -> tuple[Access, Refresh]:
    """New tokens for this user's session.

    `strong`: two factors were shown at the login. The refresh token remembers that for the next
    pair, and without it the access token is limited where a second factor is demanded.
    """
    access, refresh = Access.of(user, session=session), Refresh.of(user, session=session)
    if strong:
        refresh["strong"] = True
    elif user.must_have_second_factor:
        access["only"] = "second-factor"
    return access, refresh
