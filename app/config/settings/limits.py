"""Rate limits, and limits of costly requests. The defaults are in `config.environment`."""

from config.settings.environment import ENV

RATES = ENV.rates.model_dump()
TRUSTED_PROXIES = ENV.app.trusted_proxies
RATELIMIT_USE_CACHE = "limits"
# Milliseconds that PostgreSQL may search for one request.
SEARCH_TIMEOUT_MS = ENV.app.search_timeout_ms
# Concurrent requests of one account, by kind (`core.api.concurrency`).
AT_ONCE = {"search": ENV.app.searches_at_once}
# The slot of a killed process is released after this time.
AT_ONCE_LEASE_MS = SEARCH_TIMEOUT_MS + 5_000
