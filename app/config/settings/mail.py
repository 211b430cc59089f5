"""Mail: by SMTP where a server is named; a developer's own machine prints it."""

import re

from config.env import fail, number, text
from config.settings.environment import ENV

PAGES = re.compile(r"https?://[^\s#?]+/")


def _security() -> str:
    """MAIL_SECURITY: how the way to the server is closed to others."""
    found = text("MAIL_SECURITY", default="starttls")
    if found not in ("starttls", "tls", "none"):
        raise fail("MAIL_SECURITY", "must be starttls, tls or none")
    return found


def _pages() -> str:
    """MAIL_PAGES: where the pages are that mails lead to; without it mails hold the bare token."""
    found = text("MAIL_PAGES", default="")
    if found and not PAGES.fullmatch(found):
        raise fail("MAIL_PAGES", "must be an address with a slash at its end, and no # or ?")
    return found


EMAIL_HOST = text("MAIL_HOST", default="")
EMAIL_PORT = number("MAIL_PORT", default=587, least=1)
EMAIL_HOST_USER = text("MAIL_USER", default="")
EMAIL_HOST_PASSWORD = text("MAIL_PASSWORD") if EMAIL_HOST_USER else ""
EMAIL_USE_TLS, EMAIL_USE_SSL = (_security() == name for name in ("starttls", "tls"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = text("MAIL_FROM") if EMAIL_HOST else "service@localhost"
MAIL_PAGES = _pages()
_kind = "smtp" if EMAIL_HOST else "console"
EMAIL_BACKEND = f"django.core.mail.backends.{_kind}.EmailBackend"
# Without a server in production what needs a mail is refused, by name: no mail is lost in silence.
SENDS_MAIL = bool(EMAIL_HOST) or ENV.mode == "development"
