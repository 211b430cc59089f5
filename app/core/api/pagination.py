"""Cursor pagination: page 10,000 costs as much as page 1, and new rows do not shift pages."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from core.api.strict_input import StrictQuery

MAX_PAGE_SIZE = 100


class PageQuery(StrictQuery):
    """The query parameters of a list; a list with filters adds its own."""

    cursor = serializers.CharField(max_length=500, required=False)
    page_size = serializers.IntegerField(min_value=1, max_value=MAX_PAGE_SIZE, default=25)


def checked_query(request: Request, kind: type[PageQuery] = PageQuery) -> dict[str, Any]:
    """Return the query's validated values. Raises ValidationError."""
    query = request.query_params.dict()
    query.pop("format", None)  # it chose the renderer already
    given = kind(data=query)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


class CursorPages(CursorPagination):
    """Pages of 25 rows, or of `page_size`, up to 100."""

    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = MAX_PAGE_SIZE

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        """Return the page of the cursor. Raises NotFound for an invalid cursor."""
        try:
            found: list[Any] | None = super().paginate_queryset(queryset, request, view)
        except (ValueError, ValidationError):
            # Well-formed, but with a position that no row can have.
            raise NotFound(self.invalid_cursor_message) from None
        return found
