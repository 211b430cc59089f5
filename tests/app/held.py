"""A pair of tokens of a client, and its claims."""

from dataclasses import dataclass

import jwt


@dataclass(frozen=True)
class Held:
    """A pair of tokens."""

    access: str
    refresh: str

    @property
    def session(self):
        return jwt.decode(self.access, options={"verify_signature": False})["sid"]

    @property
    def jti(self):
        return jwt.decode(self.refresh, options={"verify_signature": False})["jti"]

    @property
    def key(self):
        return jwt.get_unverified_header(self.access)["kid"]


def claims_of(one):
    """The claims of both tokens."""
    return [
        jwt.decode(raw, options={"verify_signature": False}) for raw in (one.access, one.refresh)
    ]
