"""How often somebody may do what: django-ratelimit's rates, `30/m` or `10/2h`."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network

from config.env import fail, number, text

RATE = re.compile(r"[1-9][0-9]{0,8}/[1-9]?[0-9]{0,3}[smhd]")
# Of a kind: for one address (which an office may share), and for one account, whoever asks.
DEFAULTS = {
    "login_address": "30/m",
    "login_account": "10/m",
    # An account from one address, and from one device that logged in before (`limit_login`).
    "login_account_address": "5/m",
    "login_device": "10/m",
    "code_account": "20/h",
    "refresh_address": "120/m",
    "refresh_account": "30/m",
    "register_address": "10/h",
    "register_account": "3/h",
    "reset_address": "10/h",
    "reset_account": "3/h",
    "write_address": "600/m",
    "write_account": "1200/m",
}


def _rate(name: str) -> str:
    variable = f"APP_RATE_{name.upper()}"
    rate = text(variable, default=DEFAULTS[name])
    if not RATE.fullmatch(rate):
        raise fail(variable, "must be a rate such as 30/m or 10/2h (s, m, h or d)")
    return rate


def _networks(given: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks whose X-Real-IP is trusted; none is needed on a unix socket."""
    try:
        return tuple(ip_network(item.strip()) for item in given.split(",") if item.strip())
    except ValueError:
        raise fail("APP_TRUSTED_PROXIES", "must name networks such as 10.0.0.0/8") from None


RATES = {name: _rate(name) for name in DEFAULTS}
TRUSTED_PROXIES = _networks(text("APP_TRUSTED_PROXIES", default=""))
RATELIMIT_USE_CACHE = "limits"
# Milliseconds that PostgreSQL may search for one request.
SEARCH_TIMEOUT_MS = number("APP_SEARCH_TIMEOUT_MS", default=2_000, least=50, most=60_000)
# How many requests of one account may be at work at once, by kind (`core.api.concurrency`).
AT_ONCE = {"search": number("APP_SEARCHES_AT_ONCE", default=2, least=1, most=1_000)}
# A slot of a process that was killed is free again after this time.
AT_ONCE_LEASE_MS = SEARCH_TIMEOUT_MS + 5_000
