"""Every address of the service. /health/* is answered by a middleware, before these."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, register_converter

from config.path_numbers import IdConverter

register_converter(IdConverter, "id")  # before what uses it is loaded

# The first that fits is taken: what is asked most stands first.
API = [
    path("", include("tasks.urls")),
    path("", include("projects.urls")),
    path("auth/", include("accounts.urls")),
    path("notes/", include("notes.urls")),
    path("echo/", include("echo.urls")),
]
urlpatterns = [
    path("api/v1/", include(API)),
    path(settings.ADMIN_PATH, admin.site.urls),
    path("", include("pages.urls")),
]

handler400 = "config.problems.bad_request"
handler403 = "config.problems.forbidden"
handler404 = "config.problems.not_found"
handler500 = "config.problems.server_error"
