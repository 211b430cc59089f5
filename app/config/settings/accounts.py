"""Tokens, and where the sessions behind them are kept."""

from datetime import timedelta

from config.settings.environment import ENV

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=7)
# Seconds for which a refresh token that was just used gets the same next pair again (0: none).
REFRESH_GRACE = ENV.app.refresh_grace_seconds
# However often it is refreshed, a session ends then (OWASP ASVS 5.0, 7.3.2).
SESSION_LIFETIME = timedelta(days=30)

# The first one signs; the others are still accepted, until the last token that they signed dies.
JWT_KEYS = ENV.jwt_keys
# Sessions live where nothing is evicted: the queue's Redis, in a database of their own. A cache
# that forgets under pressure would log people out at random.
AUTH_STORE_URL = ENV.queue.url(database=2)
# So many replicas must have the end of a session before it counts as ended (decision 0018).
SESSION_REPLICAS: int = ENV.session_replicas
AUTH_COOKIE_PATH = "/api/v1/auth/"

# Who must have a second factor: nobody, the staff, or everybody (decision 0016).
SECOND_FACTOR = ENV.app.second_factor
# What an authenticator app calls us.
SECOND_FACTOR_NAME = ENV.app.second_factor_name
