"""The REST framework and its documents."""

from config.settings.environment import ENV

# A body of more bytes is not read: 413.
DATA_UPLOAD_MAX_MEMORY_SIZE = ENV.app.max_body_bytes
# How long the answer to an Idempotency-Key is kept.
IDEMPOTENCY_SECONDS = ENV.app.idempotency_seconds

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": ["core.api.strict_input.JsonParser"],
    # What is public says so itself: accounts.auth.access.PublicView.
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.auth.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.auth.rate_limits.throttle.RateLimitThrottle"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "core.api.errors.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Upshift service",
    "VERSION": ENV.version,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "core.api.error_schema.document_limits",
        "core.api.strict_schema.document_needed_bodies",
        "core.api.openapi_links.document_links",
        "accounts.auth.openapi.document_second_factor",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "TaskStatus": "domains.tasks.models.Status",
        "TaskPriority": "domains.tasks.models.Priority",
    },
    # What is sent has rules that what comes back has not: no text is empty, say.
    "COMPONENT_SPLIT_REQUEST": True,
    # What comes after it is an operation's tag: auth, projects, tasks and so on.
    "SCHEMA_PATH_PREFIX": r"/api/v[0-9]+",
    # `core.api.path_converters`
    "PATH_CONVERTER_OVERRIDES": {"id": int},
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # No deepLinking: Swagger UI writes an error to the console for each operation with a `_` in it.
    "SWAGGER_UI_SETTINGS": {"deepLinking": False, "tryItOutEnabled": True},
    "REDOC_DIST": "SIDECAR",
}
