"""Every address of the service. /health/* is answered by a middleware, before these."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path(settings.ADMIN_PATH, admin.site.urls),
    path("", include("pages.urls")),
    path("api/v1/auth/", include("accounts.urls")),
    path("api/v1/", include("projects.urls")),
    path("api/v1/", include("tasks.urls")),
    path("api/v1/notes/", include("notes.urls")),
    path("api/v1/echo/", include("echo.urls")),
]

handler400 = "config.problems.bad_request"
handler403 = "config.problems.forbidden"
handler404 = "config.problems.not_found"
handler500 = "config.problems.server_error"
