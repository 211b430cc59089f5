"""Devices that an account has logged in from: they are counted apart from strangers.

A limit for an account alone lets a stranger use it up and keep the owner out. So a login leaves a
signed token with the client, which gives access to nothing: it says that somebody logged in to
this account there before. Attempts with it have a count of their own.
Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.core import signing
from django.http import HttpRequest
from rest_framework.request import Request

COOKIE = "__Host-device"
LIFETIME = timedelta(days=180)
SALT = "accounts.auth.known_devices"
LONGEST = 300


def new_token(email: str, *, device: str = "") -> str:
    """The token for an account's address; `device` is the id of one that is known already."""
    return signing.dumps([device or secrets.token_hex(8), _digest(email)], salt=SALT)


def known_device(request: HttpRequest | Request, *, email: str, given: str = "") -> str:
    """The id of the device when it is known to this account, else an empty string.

    `given` is the token of a client without cookies.
    """
    for token in (given, request.COOKIES.get(COOKIE, "")):
        try:
            device, account = signing.loads(token[:LONGEST], salt=SALT, max_age=LIFETIME)
        except (signing.BadSignature, ValueError, TypeError):
            continue
        if account == _digest(email):
            return str(device)
    return ""


def remember(response: Any, *, token: str) -> None:
    """Leave the token with a browser; with the prefix it comes from this host alone."""
    options = {"secure": True, "httponly": True, "samesite": "Strict"}
    response.set_cookie(COOKIE, token, max_age=LIFETIME, path="/", **options)


def _digest(email: str) -> str:
    """Of the address as it is counted; the token shows it to nobody."""
    return hashlib.sha256(f"{SALT}:{email.strip().lower()}".encode()).hexdigest()[:32]
