"""Signs tokens with the newest key, and checks them with the one that they name."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import jwt
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError

NEEDED = ("exp", "iat", "jti", "sub", "sid", "type", "aud", "iss")


def key_id(key: str) -> str:
    """The name that a token carries for its key; the key cannot be told from it."""
    return hashlib.sha256(f"kid:{key}".encode()).hexdigest()[:16]


class KeySetBackend(TokenBackend):
    """simplejwt's backend for a set of keys: the first signs, all are accepted."""

    def __init__(self, keys: Sequence[str]) -> None:
        options = settings.SIMPLE_JWT
        super().__init__(
            options["ALGORITHM"],
            signing_key=keys[0],
            audience=options["AUDIENCE"],
            issuer=options["ISSUER"],
        )
        self._newest = key_id(keys[0])
        self._keys = {key_id(key): key.encode() for key in keys}

    def encode(self, payload: dict[str, Any]) -> str:
        """The signed token."""
        claims = {**payload, "aud": self.audience, "iss": self.issuer}
        key = self._keys[self._newest]
        return jwt.encode(claims, key, algorithm=self.algorithm, headers={"kid": self._newest})

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        """The claims. Raises TokenBackendError unless key, signature and claims are all right.

        Times are left to the token itself, which also compares them with the session's.
        """
        try:
            key = self._keys[jwt.get_unverified_header(token)["kid"]]
            return jwt.decode(
                token,
                key,
                algorithms=[self.algorithm],
                audience=self.audience,
                issuer=self.issuer,
                options={"require": list(NEEDED), "verify_exp": False, "verify_iat": False},
            )
        except (jwt.InvalidTokenError, KeyError, TypeError) as error:
            raise TokenBackendError("Token is invalid") from error


@lru_cache(maxsize=4)
def _backend(keys: tuple[str, ...]) -> KeySetBackend:
    return KeySetBackend(keys)


def backend() -> KeySetBackend:
    """The backend for the keys in the settings."""
    return _backend(tuple(settings.JWT_KEYS))
