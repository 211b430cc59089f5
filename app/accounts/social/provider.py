"""An OpenID provider, as the setting SOCIAL_PROVIDERS describes it."""

from dataclasses import dataclass, field

MULTI_FACTOR = ("mfa",)  # RFC 8176


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One OpenID provider. Only a `trusted` one may link an account by its e-mail address.

    An ID token with one of these values of `amr` or `acr` proves a login with two factors.
    """

    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    trusted: bool = False
    amr: tuple[str, ...] = MULTI_FACTOR
    acr: tuple[str, ...] = ()
