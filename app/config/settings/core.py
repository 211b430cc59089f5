"""What Django itself is made of: apps, middleware, templates, static files, logs."""

from pathlib import Path

from config.settings.environment import ENV
from config.settings.web import CORS_ALLOWED_ORIGINS
from core.observability.log_format import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent.parent

SECRET_KEY = ENV.secret_keys[0]
# Values that they signed or encrypted are still accepted.
SECRET_KEY_FALLBACKS = list(ENV.secret_keys[1:])
DEBUG = ENV.debug
ALLOWED_HOSTS = list(ENV.app.allowed_hosts)
CSRF_TRUSTED_ORIGINS = [*ENV.app.trusted_origins, *CORS_ALLOWED_ORIGINS]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

INSTALLED_APPS = [
    # First: some of its templates stand in for those of the admin and of the browsable API.
    "pages",
    "accounts.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    *(["corsheaders"] if CORS_ALLOWED_ORIGINS else []),
    "accounts",
    "health",
    "idempotency",
    "outbox",
    "domains.projects",
    "domains.tasks",
    "domains.notes",
    "echo",
]

MIDDLEWARE = [
    "health.middleware.HealthMiddleware",
    "core.observability.middleware.RequestIdMiddleware",
    *(["core.db.read_your_writes.ReplicaMiddleware"] if ENV.database.replicas else []),
    *(["corsheaders.middleware.CorsMiddleware"] if CORS_ALLOWED_ORIGINS else []),
    "core.http.content_security_policy.ContentPolicyMiddleware",
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

STATIC_URL = "/static/"
STATIC_ROOT = ENV.general.static_root
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING = logging_settings(level=ENV.app.log_level.upper())
