"""Cookies, proxies, passwords: what keeps a stranger out."""

from config.settings.environment import ENV

DEBUG = ENV.debug
AUTH_USER_MODEL = "accounts.User"
# The edge ends TLS and overwrites X-Forwarded-Proto: no client can forge it there. It also sets
# the headers that Django would set (HSTS and its kin) in Django's stead, on its own answers too.
SECURE_PROXY_SSL_HEADER = None if DEBUG else ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 63_072_000
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
SESSION_CACHE_ALIAS = "sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# The prefix is the browser's promise: over TLS only, and from this host alone.
HOST_PREFIX = "" if DEBUG else "__Host-"
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{HOST_PREFIX}admin", f"{HOST_PREFIX}csrf"
# A working day at the admin, then it asks again; closing the browser ends it too.
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
X_FRAME_OPTIONS = "DENY"
# The first one hashes; an account with another's hash still logs in, and is hashed anew then.
PASSWORD_HASHERS = [
    "accounts.auth.passwords.hashers.Argon2",
    "accounts.auth.passwords.hashers.PBKDF2",
]
# How many passwords one process hashes at once. An Argon2 hash takes 100 MiB: this number, times
# the processes of a container, must fit its memory. The toolkit works it out from the topology.
PASSWORD_HASHES_AT_ONCE = ENV.passwords.hashes_at_once
# How many more requests of a process wait for their turn, and for how long. Each holds a thread.
PASSWORD_HASHES_WAITING = ENV.passwords.hashes_waiting
PASSWORD_HASH_WAIT_SECONDS = ENV.passwords.hash_wait_seconds
# No rule about kinds of characters: length and what others know are what counts (ASVS 6.2.5).
AUTH_PASSWORD_VALIDATORS = [
    *(
        {"NAME": f"django.contrib.auth.password_validation.{name}"}
        for name in (
            "UserAttributeSimilarityValidator",
            "MinimumLengthValidator",
            "CommonPasswordValidator",
        )
    ),
    {"NAME": "accounts.auth.passwords.validators.ServiceNameValidator"},
]
