"""Rate limits by address and by account, counted by django-ratelimit in the cache's Redis.

A view names its limit with `throttle_scope`; other views count their changes as `write`. The rates
are settings (APP_RATE_…). Decision 0008 says what holds while Redis is unavailable.
"""

from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.auth.same_origin import SAFE_METHODS
from core.api.exceptions import TooMany

WRITE = "write"
UNKNOWN = "unknown"  # all clients without an address share one limit


class RateLimitThrottle(BaseThrottle):
    """Limits changes: by account for authenticated users, else by address."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """True; TooMany, which has the seconds to wait, is raised otherwise."""
        if request.method in SAFE_METHODS:
            return True
        scope = getattr(view, "throttle_scope", WRITE)
        if scope == WRITE and request.user is not None and request.user.is_authenticated:
            limit_account(request, scope, account=request.user.pk)
        else:
            limit_address(request, scope)
        return True


def limit_address(request: HttpRequest | Request, scope: str) -> None:
    """Count a request for its client's address. Raises TooMany."""
    _count(request, f"{scope}_address", value=client_address(request))


def limit_account(request: HttpRequest | Request | None, scope: str, *, account: object) -> None:
    """Count a request for the account that it is about: an id or an address. Raises TooMany.

    Unknown accounts are counted as well, so that the response does not reveal which exist. The
    request itself does not matter, and may be None.
    """
    _count(request, f"{scope}_account", value=str(account).strip().lower())


def limit_login(request: HttpRequest | Request, *, email: str, device: str) -> None:
    """Count an attempt with an account's password. Raises TooMany.

    A known device (`accounts.auth.login.known_devices`) has a limit of its own, so that no
    stranger locks the owner out. Others are limited for each address first, below the limit of the
    whole account: one address alone cannot use that up, and a new device of the owner gets in.
    """
    if device:
        return _count(request, "login_device", value=device)
    account = email.strip().lower()
    _count(request, "login_account_address", value=f"{account} {client_address(request)}")
    _count(request, "login_account", value=account)


def _count(request: Any, name: str, *, value: str) -> None:
    usage = get_usage(
        request, group=name, key=lambda *_: value, rate=settings.RATES[name], increment=True
    )
    if usage is not None and usage["should_limit"]:
        raise TooMany(wait=usage["time_left"])


def client_address(request: HttpRequest | Request) -> str:
    """The address of the client; all addresses of one IPv6 network (/64) are one client.

    The edge overwrites X-Real-IP. It is trusted where only the edge can reach us: on a unix
    socket, where the peer has no address, and from the networks in APP_TRUSTED_PROXIES.
    """
    peer = request.META.get("REMOTE_ADDR", "")
    address = request.META.get("HTTP_X_REAL_IP", "") if _is_proxy(peer) else peer
    try:
        found = ip_address(address.strip())
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
        return any(ip_address(peer) in network for network in settings.TRUSTED_PROXIES)
    except ValueError:
        return False
