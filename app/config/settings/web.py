"""Whose pages may call the API from a browser, and where the admin is."""

from config.settings.environment import ENV

ADMIN_PATH = ENV.app.admin_path
LOGIN_REDIRECT_URL = f"/{ADMIN_PATH}"  # where a login leads that names no page of ours

# Without one of them nothing of it is installed, and the browser's own rule holds: no other
# site's page reads an answer. With them, they may send cookies too, and nobody else.
CORS_ALLOWED_ORIGINS = list(ENV.app.cors_origins)
CORS_ALLOW_CREDENTIALS = bool(CORS_ALLOWED_ORIGINS)
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = (
    *("accept", "authorization", "content-type", "idempotency-key"),
    *("if-match", "if-none-match", "x-request-id"),
)
CORS_EXPOSE_HEADERS = ("etag", "location", "retry-after", "x-request-id")
CORS_PREFLIGHT_MAX_AGE = 600
