"""An OpenID provider, as the setting SOCIAL_PROVIDERS describes it."""

from dataclasses import dataclass, field

MULTI_FACTOR = ("mfa",)  # RFC 8176


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One OpenID provider. Only a `trusted` one is believed about whose an e-mail address is.

    One of the words in `amr` or `acr` in its ID token says that it asked for a second factor.
    """

    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    trusted: bool = False
    amr: tuple[str, ...] = MULTI_FACTOR
    acr: tuple[str, ...] = ()
