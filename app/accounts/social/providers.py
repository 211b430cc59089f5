"""The protocol with an OpenID provider: the authorization URL, and the claims for a code.

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
TIMEOUT_SECONDS = 5
CACHE_SECONDS = 600  # for its metadata and keys
LEEWAY_SECONDS = 60  # that its clock may be off
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]  # asymmetric only
PROVIDER_UNAVAILABLE = "The provider cannot be reached at the moment. Try again."
INVALID_RESPONSE = "The provider's response does not prove who you are. Begin again."


def authorization_url(
    provider: Provider, *, redirect_uri: str, state: str, nonce: str, verifier: str
) -> str:
    """Where to send the browser; the provider sends it back to `redirect_uri`."""
    with _client(provider, redirect_uri=redirect_uri) as client:
        url, _ = client.create_authorization_url(
            _metadata(provider)["authorization_endpoint"],
            state=state,
            nonce=nonce,
            code_verifier=verifier,
            **({"acr_values": " ".join(provider.acr)} if provider.acr else {}),
        )
    return str(url)


def fetch_claims(
    provider: Provider, *, code: str, redirect_uri: str, nonce: str, verifier: str
) -> Mapping[str, Any]:
    """The verified claims for an authorization code. Raises PermissionDenied or Unavailable."""
    metadata = _metadata(provider)
    try:
        with _client(provider, redirect_uri=redirect_uri) as client:
            response = client.fetch_token(
                metadata["token_endpoint"],
                code=code,
                grant_type="authorization_code",
                code_verifier=verifier,
                timeout=TIMEOUT_SECONDS,
            )
        return _verify(provider, raw=response["id_token"], keys=_keys(metadata), nonce=nonce)
    except RequestException as error:
        raise Unavailable(PROVIDER_UNAVAILABLE) from error
    except (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError) as error:
        raise PermissionDenied(INVALID_RESPONSE) from error


def is_multi_factor(provider: Provider, claims: Mapping[str, Any]) -> bool:
    """Whether an ID token proves a login with two factors (`amr` or `acr`)."""
    amr = claims.get("amr")
    methods = amr if isinstance(amr, list) else []
    return any(method in provider.amr for method in methods) or claims.get("acr") in provider.acr


def _verify(provider: Provider, *, raw: str, keys: Any, nonce: str) -> Mapping[str, Any]:
    """The claims of an ID token. Raises JoseError unless it is valid, for us and for this login."""
    claims = jwt.decode(raw, keys, algorithms=ALGORITHMS).claims
    registry = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        nonce={"essential": True, "value": nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    registry.validate(claims)
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise ValueError("the ID token was issued to another client")
    return claims


def _client(provider: Provider, *, redirect_uri: str) -> Any:
    return OAuth2Session(
        provider.client_id,
        provider.client_secret,
        scope=SCOPE,
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
    )


def _metadata(provider: Provider) -> Mapping[str, Any]:
    """The provider's metadata, which must name the issuer that we expect."""
    url = f"{provider.issuer}/.well-known/openid-configuration"
    found: Mapping[str, Any] = _fetch_json(url, period=_period())
    if found.get("issuer") != provider.issuer:
        raise Unavailable(PROVIDER_UNAVAILABLE)
    return found


def _keys(metadata: Mapping[str, Any]) -> KeySet:
    return KeySet.import_key_set(_fetch_json(metadata["jwks_uri"], period=_period()))


def _period() -> int:
    return int(time.time() // CACHE_SECONDS)


@lru_cache(maxsize=64)
def _fetch_json(url: str, *, period: int) -> Any:
    """A JSON document, fetched once in each `period`. Raises Unavailable."""
    with OAuth2Session() as client:
        try:
            response = client.request(
                "GET", url, withhold_token=True, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
            response.raise_for_status()
            return response.json()
        except (RequestException, ValueError) as error:
            raise Unavailable(PROVIDER_UNAVAILABLE) from error
