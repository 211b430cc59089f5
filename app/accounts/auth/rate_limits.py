"""How often: by address and by account, counted by django-ratelimit in Redis.

A view says with `limit` what it counts as; one that says nothing, and changes something, counts as
a write. The rates are settings (APP_RATE_…); decision 0008 says what holds while Redis is away.
"""

from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.auth.same_origin import SAFE
from core.api.exceptions import TooMany

WRITE = "write"
UNKNOWN = "unknown"  # whoever has no address shares one count


class Limits(BaseThrottle):
    """Counts each change: by account where somebody is logged in, else by address."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """True, or TooMany is raised, which knows how long to wait."""
        if request.method in SAFE:
            return True
        kind = getattr(view, "limit", WRITE)
        if kind == WRITE and request.user is not None and request.user.is_authenticated:
            count_account(request, kind, account=request.user.pk)
        else:
            count_address(request, kind)
        return True


def count_address(request: HttpRequest | Request, kind: str) -> None:
    """Count for where the request comes from. Raises TooMany."""
    _count(request, f"{kind}_address", value=address_of(request))


def count_account(request: HttpRequest | Request | None, kind: str, *, account: object) -> None:
    """Count for whom the request is about: a number, or an address as it was typed.

    The request itself does not matter, and may be left out.
    It is counted whether there is such an account or not: the answer tells nobody. Raises TooMany.
    """
    _count(request, f"{kind}_account", value=str(account).strip().lower())


def count_login(request: HttpRequest | Request, *, email: str, device: str) -> None:
    """Count a try of an account's password. Raises TooMany.

    A known device (`accounts.auth.known_devices`) has a count of its own, so that no stranger keeps
    the owner out. Others are counted for each address first, and less of that than of the account's
    whole: one address alone cannot use the account's count up, and a new device of the owner's gets
    in.
    """
    if device:
        return _count(request, "login_device", value=device)
    account = email.strip().lower()
    _count(request, "login_account_address", value=f"{account} {address_of(request)}")
    _count(request, "login_account", value=account)


def _count(request: Any, name: str, *, value: str) -> None:
    used = get_usage(
        request, group=name, key=lambda *_: value, rate=settings.RATES[name], increment=True
    )
    if used is not None and used["should_limit"]:
        raise TooMany(wait=used["time_left"])


def address_of(request: HttpRequest | Request) -> str:
    """Where a request comes from; all addresses of one IPv6 network (/64) are one client.

    The edge overwrites X-Real-IP. It is believed where nobody else can reach us: on a unix
    socket, where the peer has no address, and from the networks in APP_PROXIES.
    """
    peer = request.META.get("REMOTE_ADDR", "")
    given = request.META.get("HTTP_X_REAL_IP", "") if _is_proxy(peer) else peer
    try:
        found = ip_address(given.strip())
    except ValueError:
        return UNKNOWN
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), 64), strict=False))


def _is_proxy(peer: str) -> bool:
    if not peer:
        return True
    try:
        return any(ip_address(peer) in network for network in settings.PROXIES)
    except ValueError:
        return False
