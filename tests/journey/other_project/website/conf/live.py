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
CSRF_TRUSTED_ORIGINS = os.environ["APP_TRUSTED_ORIGINS"].split(",")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "guestbook.apps.GuestbookConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
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
        # Ten seconds: the build imports the project where no database is.
        "OPTIONS": {"pool": {"timeout": 10}},
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
