"""Whose pages may call the API from a browser, and where the admin is."""

from config.settings.environment import ENV

ADMIN_PATH = ENV.app.admin_path
LOGIN_REDIRECT_URL = f"/{ADMIN_PATH}"  # the default after a login

# Without an origin django-cors-headers is not installed, and browsers let no other site read a
# response. The origins named here may also send cookies.
CORS_ALLOWED_ORIGINS = list(ENV.app.cors_origins)
CORS_ALLOW_CREDENTIALS = bool(CORS_ALLOWED_ORIGINS)
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = (
    *("accept", "authorization", "content-type", "idempotency-key"),
    *("if-match", "if-none-match", "x-request-id"),
)
CORS_EXPOSE_HEADERS = ("etag", "location", "retry-after", "x-request-id")
CORS_PREFLIGHT_MAX_AGE = 600
