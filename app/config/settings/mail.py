"""Mail: by SMTP where a server is named; a developer's own machine prints it."""

from config.settings.environment import ENV

EMAIL_HOST = ENV.mail.host
EMAIL_PORT = ENV.mail.port
EMAIL_HOST_USER = ENV.mail.user
EMAIL_HOST_PASSWORD = ENV.mail.password.get_secret_value() if EMAIL_HOST_USER else ""
EMAIL_USE_TLS = ENV.mail.security == "starttls"
EMAIL_USE_SSL = ENV.mail.security == "tls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.mail.sender if EMAIL_HOST else "service@localhost"
# The pages that mails link to; without them mails hold the bare token.
MAIL_PAGES = ENV.mail.pages
_kind = "smtp" if EMAIL_HOST else "console"
EMAIL_BACKEND = f"django.core.mail.backends.{_kind}.EmailBackend"
# Without a server in production what needs a mail is refused, by name: no mail is lost in silence.
SENDS_MAIL = bool(EMAIL_HOST) or ENV.mode == "development"
