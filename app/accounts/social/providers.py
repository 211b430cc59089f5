"""Talks to an OpenID provider: where to send a browser, and what an answer's code is worth.

The authorization code flow with PKCE and a nonce (OpenID Connect Core, 3.1; RFC 7636; RFC 9700).
"""

import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException
from rest_framework.exceptions import PermissionDenied

from accounts.social.provider import Provider
from core.api.exceptions import Unavailable

SCOPE = "openid email profile"
SECONDS = 5  # that a provider may take to answer
KNOWN_FOR = 600  # seconds that its keys and addresses are kept
LEEWAY = 60  # seconds that its clock may be off
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]  # signed by who has the key, and by nobody else
AWAY = "The provider cannot be reached at the moment. Try again."
NO_PROOF = "The provider's answer is no proof of who you are. Begin again."


def ask(provider: Provider, *, back: str, state: str, nonce: str, verifier: str) -> str:
    """Where to send the browser; it comes back to `back`."""
    with _client(provider, back=back) as client:
        url, _ = client.create_authorization_url(
            _described(provider)["authorization_endpoint"],
            state=state,
            nonce=nonce,
            code_verifier=verifier,
            **({"acr_values": " ".join(provider.acr)} if provider.acr else {}),
        )
    return str(url)


def redeem(
    provider: Provider, *, code: str, back: str, nonce: str, verifier: str
) -> Mapping[str, Any]:
    """What the provider says of who came back with this code. Raises PermissionDenied."""
    described = _described(provider)
    try:
        with _client(provider, back=back) as client:
            answer = client.fetch_token(
                described["token_endpoint"],
                code=code,
                grant_type="authorization_code",
                code_verifier=verifier,
                timeout=SECONDS,
            )
        return _checked(provider, raw=answer["id_token"], keys=_keys(described), nonce=nonce)
    except RequestException as error:
        raise Unavailable(AWAY) from error
    except (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError) as error:
        raise PermissionDenied(NO_PROOF) from error


def asked_for_two(provider: Provider, claims: Mapping[str, Any]) -> bool:
    """Whether an ID token says that somebody showed a second factor there (`amr` or `acr`)."""
    said = claims.get("amr")
    methods = {word for word in said if isinstance(word, str)} if isinstance(said, list) else set()
    return bool(methods & set(provider.amr)) or claims.get("acr") in provider.acr


def _checked(provider: Provider, *, raw: str, keys: Any, nonce: str) -> Mapping[str, Any]:
    """The claims of an ID token. Raises JoseError unless it is for us, now and for this login."""
    claims = jwt.decode(raw, keys, algorithms=ALGORITHMS).claims
    wanted = jwt.JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        nonce={"essential": True, "value": nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    wanted.validate(claims)
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise ValueError("it was issued to somebody else")
    return claims


def _client(provider: Provider, *, back: str) -> Any:
    return OAuth2Session(
        provider.client_id,
        provider.client_secret,
        scope=SCOPE,
        redirect_uri=back,
        code_challenge_method="S256",
    )


def _described(provider: Provider) -> Mapping[str, Any]:
    """What the provider says of itself; it must call itself as we do."""
    address = f"{provider.issuer}/.well-known/openid-configuration"
    found: Mapping[str, Any] = _fetched(address, moment=int(time.time() // KNOWN_FOR))
    if found.get("issuer") != provider.issuer:
        raise Unavailable(AWAY)
    return found


def _keys(described: Mapping[str, Any]) -> KeySet:
    found = _fetched(described["jwks_uri"], moment=int(time.time() // KNOWN_FOR))
    return KeySet.import_key_set(found)


@lru_cache(maxsize=64)
def _fetched(address: str, *, moment: int) -> Any:
    """A JSON document, fetched once in each `moment`. Raises Unavailable."""
    with OAuth2Session() as client:
        try:
            answer = client.request(
                "GET", address, withhold_token=True, timeout=SECONDS, allow_redirects=False
            )
            answer.raise_for_status()
            return answer.json()
        except (RequestException, ValueError) as error:
            raise Unavailable(AWAY) from error
