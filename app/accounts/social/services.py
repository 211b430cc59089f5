"""A login by way of a provider: begun here, proved there, and finished here by the same browser."""

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

from accounts.auth.services import Pair, open_session
from accounts.auth.sessions import store
from accounts.models import Identity, User
from accounts.social import providers
from accounts.social.provider import Provider

SECONDS = 600  # from the first step to the last
STRANGE = "This answer belongs to no login that this browser has begun, or to one of long ago."
UNPROVED = "The provider does not vouch for your e-mail address. Confirm it there first."
UNTRUSTED = "This provider is not trusted about e-mail addresses: it cannot open an account here."
UNCONFIRMED = "There is an account with your address, whose address is not confirmed yet."
CLOSED = "This account is closed."
ONE_FACTOR = (
    "This account has a second factor, and the provider does not say that it asked for one. Log in"
    " with your password and a code, or turn a second factor on there."
)


@dataclass(frozen=True, kw_only=True)
class Begun:
    """Where the browser goes, and what it must show when it comes back."""

    place: str
    browser: str


def provider_of(name: str) -> Provider:
    """The provider of this name. Raises Http404."""
    found: Provider | None = settings.SOCIAL_PROVIDERS.get(name)
    if found is None:
        raise Http404
    return found


def begin(name: str, *, back: str) -> Begun:
    """Start a login; what proves its end is kept here, and never sent to the provider."""
    provider, state, browser = provider_of(name), *(secrets.token_urlsafe(32) for _ in range(2))
    kept = {"nonce": secrets.token_urlsafe(32), "verifier": secrets.token_urlsafe(64)}
    place = providers.ask(provider, back=back, state=state, **kept)
    note = {"provider": name, "browser": browser, **kept}
    now = int(time.time())
    store().keep(f"social:{state}", json.dumps(note), now=now, seconds=SECONDS)
    return Begun(place=place, browser=browser)


def finish(name: str, *, state: str, code: str, browser: str, back: str, agent: str) -> Pair:
    """The pair for who came back. Raises PermissionDenied, which says why."""
    provider = provider_of(name)
    note = json.loads(store().take(f"social:{state}") or "{}")
    same = constant_time_compare(note.get("browser", ""), browser or "-")
    if not same or note["provider"] != name:
        raise PermissionDenied(STRANGE)
    claims = providers.redeem(
        provider, code=code, back=back, nonce=note["nonce"], verifier=note["verifier"]
    )
    user, strong = _account(provider, claims), providers.asked_for_two(provider, claims)
    if user.second_factor_at is not None and not strong:
        raise PermissionDenied(ONE_FACTOR)
    return open_session(user, agent=agent, strong=strong)


def _account(provider: Provider, claims: Mapping[str, Any]) -> User:
    """The account that this identity opens; at its first login it is linked, or made."""
    subject = str(claims["sub"])
    known = Identity.objects.select_related("user").filter(provider=provider.name, subject=subject)
    identity = known.first()
    user = identity.user if identity is not None else _linked(provider, subject, claims)
    if not user.is_active:
        raise PermissionDenied(CLOSED)
    return user


def _linked(provider: Provider, subject: str, claims: Mapping[str, Any]) -> User:
    """By an address that a trusted provider vouches for, and that our account has confirmed.

    Anything less would let somebody into another's account, or let them wait in one for its owner.
    """
    if not provider.trusted:
        raise PermissionDenied(UNTRUSTED)
    email = User.objects.normalize_email(str(claims.get("email", "")))
    if claims.get("email_verified") is not True or not email:
        raise PermissionDenied(UNPROVED)
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
            raise PermissionDenied(UNCONFIRMED)
        Identity.objects.get_or_create(
            provider=provider.name, subject=subject, defaults={"user": user}
        )
    return user
