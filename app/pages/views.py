"""The documents, from our own static files. No page of theirs holds a script or a style inline."""

from typing import Any

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.content_security_policy import allow, new_nonce


class Swagger(SpectacularSwaggerSplitView):
    """Swagger UI: reads and calls the API."""

    template_name = "pages/swagger.html"


class Redoc(SpectacularRedocView):
    """Redoc: reads the API.

    It makes style elements while it runs, which is why they need this answer's nonce, and it
    searches in a worker that it makes from a text of its own.
    """

    template_name = "pages/redoc.html"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The page."""
        response: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        nonce = new_nonce()
        response.data["nonce"] = nonce
        allow(response, "style-src", f"'nonce-{nonce}'")
        allow(response, "worker-src", "blob:")
        return response
