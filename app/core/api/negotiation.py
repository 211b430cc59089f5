"""Which form an answer has: JSON, unless somebody asks for another one."""

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

PLAIN = frozenset({"*/*", "application/json"})


class ContentNegotiation(DefaultContentNegotiation):
    """The framework's own, which takes apart and sorts what nearly every client says the same."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> Any:
        """The renderer and the media type. Raises NotAcceptable as the framework's does."""
        first = next(iter(renderers))
        if (
            format_suffix is None
            and not request.META.get("QUERY_STRING")
            and request.META.get("HTTP_ACCEPT", "*/*") in PLAIN
            and first.media_type == "application/json"
        ):
            return first, first.media_type
        return super().select_renderer(request, renderers, format_suffix)
