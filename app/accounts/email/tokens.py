"""The tokens in mails: signed, for one purpose, short, and good once.

Nothing of them is kept: a token names what it may change and how that stood when it was made
(`state`). Its use changes that, so it is good once; so does every other change of the password.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.utils.crypto import constant_time_compare

from accounts.models import User

SECONDS = 3600
REGISTER, RESET = "register", "reset"


class BadToken(Exception):
    """It was not made here, or for something else, or is too old, or was used."""


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """Who asked for an account, by a token that was sent to this address."""

    email: str
    name: str


def registration_token(newcomer: Newcomer) -> str:
    """Lets whoever reads the address's mail open an account for it."""
    return _make(REGISTER, {"email": newcomer.email, "name": newcomer.name})


def read_registration(token: str) -> Newcomer:
    """Who may open an account. Raises BadToken."""
    return Newcomer(**_read(REGISTER, token))


def reset_token(user: User) -> str:
    """Lets whoever reads the account's mail set its password."""
    return _make(RESET, {"user": user.pk, "state": state_of(user)})


def read_reset(token: str) -> tuple[int, str]:
    """The account's number, and its state when the token was made. Raises BadToken."""
    claims = _read(RESET, token)
    return int(claims["user"]), str(claims["state"])


def state_of(user: User) -> str:
    """Changes with the password and the address; neither can be told from it."""
    told = f"{user.pk}:{user.email}:{user.password}"
    return hashlib.sha256(f"reset:{told}".encode()).hexdigest()[:32]


def is_state(user: User, state: str) -> bool:
    """Whether the account still stands as it did."""
    return constant_time_compare(state_of(user), state)


def _make(purpose: str, claims: dict[str, Any]) -> str:
    return signing.dumps(claims, salt=f"accounts.mail.{purpose}")


def _read(purpose: str, token: str) -> dict[str, Any]:
    try:
        claims = signing.loads(token, salt=f"accounts.mail.{purpose}", max_age=SECONDS)
    except signing.BadSignature as error:  # too old is one, too
        raise BadToken() from error
    return dict(claims)
