"""Who else may say who somebody is: OpenID providers, as SOCIAL_PROVIDERS describes them."""

import json
import re
from pathlib import Path
from typing import Any

from accounts.social.provider import MULTI_FACTOR, Provider
from config.env import fail, text
from config.settings.environment import ENV

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
KEYS = {"issuer", "client_id", "client_secret_file", "trusted", "amr", "acr"}
SHAPE = 'must be JSON: {"name": {"issuer", "client_id", "client_secret_file", "trusted"}}'


def _words(name: str, given: Any, *, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    found = given.get(key, list(default))
    if not isinstance(found, list) or not all(isinstance(word, str) and word for word in found):
        raise fail("SOCIAL_PROVIDERS", f"has no list of words for {key} of {name}")
    return tuple(found)


def _provider(name: str, given: Any) -> Provider:
    if not NAME.fullmatch(name) or not isinstance(given, dict) or not KEYS >= given.keys():
        raise fail("SOCIAL_PROVIDERS", SHAPE)
    words = [given.get(key) for key in ("issuer", "client_id", "client_secret_file")]
    issuer, client_id, secret_file = (word if isinstance(word, str) else "" for word in words)
    if not (issuer and client_id and secret_file):
        raise fail("SOCIAL_PROVIDERS", f"lacks something of {name}: it {SHAPE}")
    if not isinstance(given.get("trusted", False), bool):
        raise fail("SOCIAL_PROVIDERS", f"says of {name} neither true nor false for trusted")
    if not issuer.startswith("https://") and ENV.mode != "development":
        raise fail("SOCIAL_PROVIDERS", f"names an issuer of {name} that is not https://")
    return Provider(
        name=name,
        issuer=issuer.rstrip("/"),
        client_id=client_id,
        client_secret=_secret(secret_file),
        trusted=given.get("trusted", False),
        amr=_words(name, given, key="amr", default=MULTI_FACTOR),
        acr=_words(name, given, key="acr", default=()),
    )


def _secret(path: str) -> str:
    try:
        found = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        found = ""
    if not found:
        raise fail("SOCIAL_PROVIDERS", f"names a client_secret_file without a secret: {path}")
    return found


def providers(given: str) -> dict[str, Provider]:
    """The providers by name. Raises ConfigurationError, which shows no secret."""
    try:
        found = json.loads(given)
    except ValueError:
        raise fail("SOCIAL_PROVIDERS", SHAPE) from None
    if not isinstance(found, dict):
        raise fail("SOCIAL_PROVIDERS", SHAPE)
    return {name: _provider(name, each) for name, each in found.items()}


SOCIAL_PROVIDERS = providers(text("SOCIAL_PROVIDERS", default="{}"))
# Where a browser goes on after a login there.
SOCIAL_LOGIN_REDIRECT_URL = text("SOCIAL_LOGIN_REDIRECT_URL", default="/")
