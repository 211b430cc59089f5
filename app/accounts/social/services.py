"""A login at an OpenID provider: started here, and completed here by the same browser."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from rest_framework.exceptions import PermissionDenied

from accounts.auth.login.services import open_session
from accounts.auth.sessions.store import session_store
from accounts.auth.tokens import TokenPair
from accounts.models import Identity, User
from accounts.social import providers
from accounts.social.provider import Provider

LOGIN_SECONDS = 600  # from the start of a login to its completion
UNKNOWN_LOGIN = "This browser has not started this login, or too long ago. Begin again."
EMAIL_NOT_VERIFIED = "The provider has not verified your e-mail address. Confirm it there first."
NOT_TRUSTED = "This provider is not trusted about e-mail addresses: it cannot create an account."
EMAIL_NOT_CONFIRMED = "There is an account with your address, which is not confirmed yet."
ACCOUNT_INACTIVE = "This account is inactive."
SINGLE_FACTOR = (
    "This account has a second factor, and the provider did not verify one. Log in with your"
    " password and a code, or turn a second factor on at the provider."
)


@dataclass(frozen=True, kw_only=True)
class StartedLogin:
    """Where to send the browser, and the secret that it must present when it returns."""

    url: str
    browser_secret: str


def get_provider(name: str) -> Provider:
    """The provider of this name. Raises Http404."""
    found: Provider | None = settings.SOCIAL_PROVIDERS.get(name)
    if found is None:
        raise Http404
    return found


def start_login(name: str, *, redirect_uri: str) -> StartedLogin:
    """Start a login. The nonce, verifier and browser's secret stay here until it is completed."""
    provider, state, secret = get_provider(name), *(secrets.token_urlsafe(32) for _ in range(2))
    proof = {"nonce": secrets.token_urlsafe(32), "verifier": secrets.token_urlsafe(64)}
    url = providers.authorization_url(provider, redirect_uri=redirect_uri, state=state, **proof)
    pending = json.dumps({"provider": name, "browser_secret": secret, **proof})
    session_store().save_pending_login(state, pending, now=int(time.time()), seconds=LOGIN_SECONDS)
    return StartedLogin(url=url, browser_secret=secret)


def complete_login(
    name: str, *, state: str, code: str, browser_secret: str, redirect_uri: str, agent: str
) -> TokenPair:
    """Open a session with the provider's code. Raises PermissionDenied, which says why."""
    provider = get_provider(name)
    pending = json.loads(session_store().pop_pending_login(state) or "{}")
    is_same_browser = constant_time_compare(
        pending.get("browser_secret", ""), browser_secret or "-"
    )
    if not is_same_browser or pending["provider"] != name:
        raise PermissionDenied(UNKNOWN_LOGIN)
    nonce, verifier = pending["nonce"], pending["verifier"]
    claims = providers.fetch_claims(
        provider, code=code, redirect_uri=redirect_uri, nonce=nonce, verifier=verifier
    )
    user = _find_or_link_account(provider, claims)
    multi_factor = providers.is_multi_factor(provider, claims)
    if user.second_factor_at is not None and not multi_factor:
        raise PermissionDenied(SINGLE_FACTOR)
    return open_session(user, agent=agent, multi_factor=multi_factor)


def _find_or_link_account(provider: Provider, claims: Mapping[str, Any]) -> User:
    """The account of this identity; the first login links one, or creates it."""
    subject = str(claims["sub"])
    rows = Identity.objects.select_related("user").filter(provider=provider.name, subject=subject)
    identity = rows.first()
    user = identity.user if identity is not None else _link_account(provider, subject, claims)
    if not user.is_active:
        raise PermissionDenied(ACCOUNT_INACTIVE)
    return user


def _link_account(provider: Provider, subject: str, claims: Mapping[str, Any]) -> User:
    """By an address that a trusted provider has verified, and that our account has confirmed.

    Anything less would give access to another user's account, or let an attacker prepare an
    account for its future owner.
    """
    if not provider.trusted:
        raise PermissionDenied(NOT_TRUSTED)
    email = User.objects.normalize_email(str(claims.get("email", "")))
    if claims.get("email_verified") is not True or not email:
        raise PermissionDenied(EMAIL_NOT_VERIFIED)
    with transaction.atomic():
        user, _ = User.objects.get_or_create(
            email=email,
            defaults={
                "name": str(claims.get("name", ""))[:150],
                "password": make_password(None),
                "email_confirmed_at": timezone.now(),
            },
        )
        if user.email_confirmed_at is None:
            raise PermissionDenied(EMAIL_NOT_CONFIRMED)
        Identity.objects.get_or_create(
            provider=provider.name, subject=subject, defaults={"user": user}
        )
    return user
