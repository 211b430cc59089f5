"""Passwords in URLs, taken out of whatever is shown, recorded or raised."""

import os
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

HIDDEN = "***"
# Settings that may be a URL with a password: it is also hidden where it stands without its URL.
SETTINGS = (
    *("UPSHIFT_BACKEND", "UPSHIFT_APT_MIRROR", "UPSHIFT_PACKAGE_INDEX", "PULUMI_BACKEND_URL"),
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL"),
    *("UV_EXTRA_INDEX_URL", "GOPROXY", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"),
)
SHORTEST = 4  # a shorter password would hide parts of ordinary words
# User and password are one in some: https://TOKEN@host.
_LOGIN = re.compile(r"(?<=://)[^\s/?#\"'<>]+@")
_QUERY = re.compile(
    r"([?&](?:\w*password|passwd|\w*token|\w*secret\w*|access_key|signature|sig)=)[^&\s\"'#]+",
    re.IGNORECASE,
)
_WHOLE_LOGIN = re.compile(r"://(?P<user>[^:/@\s]*)(:(?P<password>\S*))?@")


def redacted(text: str, *, environment: Mapping[str, str] = os.environ) -> str:
    """The text without user and password of any URL in it, nor those of our settings."""
    for secret in sorted(_passwords(environment), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return _QUERY.sub(rf"\1{HIDDEN}", _LOGIN.sub(f"{HIDDEN}@", text))


def without_login(url: str) -> str:
    """The URL without user and password."""
    return _LOGIN.sub("", url)


def login_of(url: str) -> tuple[str, str] | None:
    """User and password of a URL, decoded; None when it has none."""
    parts = urlsplit(url)
    if parts.username is None:
        return None
    return unquote(parts.username), unquote(parts.password or "")


def _passwords(environment: Mapping[str, str]) -> Iterator[str]:
    for name in SETTINGS:
        for login in _WHOLE_LOGIN.finditer(environment.get(name, "")):
            # A user without a password is a token.
            secret = login["user"] if login["password"] is None else login["password"]
            if len(secret) >= SHORTEST:
                yield from {secret, unquote(secret)}
