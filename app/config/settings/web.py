"""Whose pages may call the API from a browser, and where the admin is."""

import re

from config.env import fail, names, text
from config.settings.environment import ENV

ORIGIN = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?")
FOLDER = re.compile(r"[a-z0-9_-]+(/[a-z0-9_-]+)*/")


def _origins() -> list[str]:
    """APP_CORS_ORIGINS: whole origins, comma between them; a star would be everybody."""
    found = names("APP_CORS_ORIGINS", default="")
    for origin in found:
        plain = origin.replace("http://", "https://", 1) if ENV.debug else origin
        if not ORIGIN.fullmatch(plain):
            raise fail("APP_CORS_ORIGINS", "must name origins such as https://app.example.com")
    return found


def _admin_path() -> str:
    path = text("APP_ADMIN_PATH", default="admin/")
    if not FOLDER.fullmatch(path) or path.startswith(("api/", "static/", "health/", "metrics/")):
        raise fail("APP_ADMIN_PATH", "must be a path such as back/office/, without a first slash")
    return path


ADMIN_PATH = _admin_path()
LOGIN_REDIRECT_URL = f"/{ADMIN_PATH}"  # where a login leads that names no page of ours

# Without one of them nothing of it is installed, and the browser's own rule holds: no other
# site's page reads an answer. With them, they may send cookies too, and nobody else.
CORS_ALLOWED_ORIGINS = _origins()
CORS_ALLOW_CREDENTIALS = bool(CORS_ALLOWED_ORIGINS)
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = (
    *("accept", "authorization", "content-type", "idempotency-key"),
    *("if-match", "if-none-match", "x-request-id"),
)
CORS_EXPOSE_HEADERS = ("etag", "location", "retry-after", "x-request-id")
CORS_PREFLIGHT_MAX_AGE = 600
