"""Settings, from what the toolkit gives to every project."""

import os
from pathlib import Path


def secret(name: str) -> str:
    """The value in the file that NAME_FILE names."""
    return Path(os.environ[f"{name}_FILE"]).read_text().strip()


SECRET_KEY = secret("SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS = os.environ["APP_ALLOWED_HOSTS"].split(",")
ROOT_URLCONF = "website.addresses"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
INSTALLED_APPS = ["django.contrib.staticfiles", "guestbook.apps.GuestbookConfig"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ["DATABASE_HOST"],
        "PORT": os.environ["DATABASE_PORT"],
        "NAME": os.environ["DATABASE_NAME"],
        "USER": os.environ["DATABASE_USER"],
        "PASSWORD": secret("DATABASE_PASSWORD"),
        # Opened before the fork by `guestbook.apps`: the toolkit has to close it there.
        "OPTIONS": {"pool": True},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
STATIC_ROOT = os.environ["STATIC_ROOT"]
STORAGES = {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
}
USE_TZ = True
QUEUE = f"redis://:{secret('QUEUE_PASSWORD')}@{os.environ['QUEUE_HOST']}:{os.environ['QUEUE_PORT']}"
GREETING = os.environ["GREETING"]
