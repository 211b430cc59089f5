"""URLs of the pages."""

from django.urls import path
from django.views.generic import RedirectView

from pages.api_index import ApiIndex
from pages.schema import Schema
from pages.views import Redoc, Swagger

urlpatterns = [
    # Not permanent: a site that is built on the service will want this URL.
    path("", RedirectView.as_view(url="/api/", http_method_names=["get", "head"]), name="home"),
    path("api/", ApiIndex.as_view(), name="api-index"),
    path("api/schema/", Schema.as_view(), name="schema"),
    path("api/docs/", Swagger.as_view(url_name="schema"), name="docs"),
    path("api/redoc/", Redoc.as_view(url_name="schema"), name="redoc"),
]
