"""The tokens in mails: signed, for one purpose, valid for an hour, and for one use.

They are not stored. A reset token contains a fingerprint of the account when it was created; every
change of the password changes the fingerprint, so that the token works once.
"""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

from django.core import signing
from django.utils.crypto import constant_time_compare

from accounts.models import User

LIFETIME_SECONDS = 3600
REGISTER, RESET = "register", "reset"


class InvalidMailToken(Exception):
    """The token is not ours, has another purpose, or has expired."""


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A request for an account; its token was sent to this address."""

    email: str
    name: str


def registration_token(registration: Registration) -> str:
    """Permits the reader of the address's mail to create the account."""
    return _sign(REGISTER, asdict(registration))


def read_registration(token: str) -> Registration:
    """The request for an account. Raises InvalidMailToken."""
    return Registration(**_read(REGISTER, token))


def reset_token(user: User) -> str:
    """Permits the reader of the account's mail to set its password."""
    return _sign(RESET, {"user": user.pk, "state": account_fingerprint(user)})


def read_reset(token: str) -> tuple[int, str]:
    """The account's id, and its fingerprint at that time. Raises InvalidMailToken."""
    claims = _read(RESET, token)
    return int(claims["user"]), str(claims["state"])


def account_fingerprint(user: User) -> str:
    """Changes with the password and the address; it reveals neither."""
    text = f"{user.pk}:{user.email}:{user.password}"
    return hashlib.sha256(f"reset:{text}".encode()).hexdigest()[:32]


def is_unchanged(user: User, fingerprint: str) -> bool:
    """Whether the account still has this fingerprint."""
    return constant_time_compare(account_fingerprint(user), fingerprint)


def _sign(purpose: str, claims: dict[str, Any]) -> str:
    return signing.dumps(claims, salt=f"accounts.mail.{purpose}")


def _read(purpose: str, token: str) -> dict[str, Any]:
    try:
        claims = signing.loads(token, salt=f"accounts.mail.{purpose}", max_age=LIFETIME_SECONDS)
    except signing.BadSignature as error:  # also when it has expired
        raise InvalidMailToken() from error
    return dict(claims)
