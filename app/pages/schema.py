"""The OpenAPI document, rendered once per process and format.

drf-spectacular generates it for each request, which takes most of a second of CPU time, and the URL
is public. The document depends only on the release.
"""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request


class Schema(SpectacularAPIView):
    """OpenAPI 3, as YAML or JSON."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the document in the format that the client accepts."""
        renderer = request.accepted_renderer
        body = _rendered(renderer.media_type)
        name = f'inline; filename="{settings.SPECTACULAR_SETTINGS["TITLE"]}.{renderer.format}"'
        kind = f"{renderer.media_type}; charset=utf-8"
        return HttpResponse(body, content_type=kind, headers={"Content-Disposition": name})


@cache
def _rendered(media_type: str) -> bytes:
    kinds: Any = SpectacularAPIView.renderer_classes
    renderer = next(kind for kind in kinds if kind.media_type == media_type)
    generator = SpectacularAPIView.generator_class(api_version=SpectacularAPIView.api_version)
    return bytes(renderer().render(generator.get_schema(public=True), renderer_context={}))
