"""Devices that an account has logged in from: their attempts are limited apart from strangers'.

With a limit for the account alone, a stranger could use it up and lock the owner out. So a login
leaves a signed token with the client, which gives access to nothing: it proves an earlier login to
this account. Attempts with it have a limit of their own.
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
MAX_LENGTH = 300


def new_device_token(email: str, *, device: str = "") -> str:
    """The token for an account's address; `device` is the id of a device that is known already."""
    return signing.dumps([device or secrets.token_hex(8), _digest(email)], salt=SALT)


def known_device(request: HttpRequest | Request, *, email: str, token: str = "") -> str:
    """The id of the device if it is known to this account, else an empty string.

    `token` is sent by clients without cookies.
    """
    for candidate in (token, request.COOKIES.get(COOKIE, "")):
        try:
            loaded = signing.loads(candidate[:MAX_LENGTH], salt=SALT, max_age=LIFETIME)
            device, account = loaded
        except (signing.BadSignature, ValueError, TypeError):
            continue
        if account == _digest(email):
            return str(device)
    return ""


def set_device_cookie(response: Any, *, token: str) -> None:
    """Keep the token in a browser; the cookie's prefix binds it to this host."""
    options = {"secure": True, "httponly": True, "samesite": "Strict"}
    response.set_cookie(COOKIE, token, max_age=LIFETIME, path="/", **options)


def _digest(email: str) -> str:
    """Of the address as the limit counts it; the token does not reveal the address."""
    return hashlib.sha256(f"{SALT}:{email.strip().lower()}".encode()).hexdigest()[:32]
