"""Every address of the service. /health/* is answered by a middleware, before these."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, register_converter

from core.api.path_converters import IdConverter

register_converter(IdConverter, "id")  # before what uses it is loaded

# The first that fits is taken: what is asked most stands first.
API = [
    path("", include("domains.tasks.urls")),
    path("", include("domains.projects.urls")),
    path("auth/", include("accounts.urls")),
    path("notes/", include("domains.notes.urls")),
    path("echo/", include("echo.urls")),
]
urlpatterns = [
    path("api/v1/", include(API)),
    path(settings.ADMIN_PATH, admin.site.urls),
    path("", include("pages.urls")),
]

handler400 = "core.api.errors.bad_request"
handler403 = "core.api.errors.forbidden"
handler404 = "core.api.errors.not_found"
handler500 = "core.api.errors.server_error"
