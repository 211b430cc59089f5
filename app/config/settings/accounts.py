"""Tokens, and where the sessions behind them are kept."""

from datetime import timedelta

from config.settings.environment import ENV

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=7)
# A refresh token that was just used gets the same pair again, for so many seconds (0: never).
REFRESH_GRACE = ENV.app.refresh_grace_seconds
# The maximum age of a session, however often it is refreshed (OWASP ASVS 5.0, 7.3.2).
SESSION_LIFETIME = timedelta(days=30)

# The first key signs; the others verify until the last token that they signed has expired.
JWT_KEYS = ENV.jwt_keys
# Sessions are in the queue's Redis, in a database of their own: a cache that evicts keys would log
# users out at random.
AUTH_STORE_URL = ENV.queue.url(database=2)
# A session has ended once so many Redis replicas have it (decision 0018).
SESSION_REPLICAS: int = ENV.session_replicas
AUTH_COOKIE_PATH = "/api/v1/auth/"

# Which accounts must have a second factor: none, staff, or all (decision 0016).
SECOND_FACTOR = ENV.app.second_factor
# The service's name in authenticator apps.
SECOND_FACTOR_NAME = ENV.app.second_factor_name
