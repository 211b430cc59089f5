"""Every address of the service. /health/* is answered by a middleware, before these."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from config.index import ApiIndex

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", ApiIndex.as_view(), name="api-index"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/v1/auth/", include("accounts.urls")),
    path("api/v1/notes/", include("notes.urls")),
    path("api/v1/echo/", include("echo.urls")),
]

handler400 = "config.problems.bad_request"
handler403 = "config.problems.forbidden"
handler404 = "config.problems.not_found"
handler500 = "config.problems.server_error"
