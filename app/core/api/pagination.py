"""Pages by cursor: page 10,000 costs as much as page 1, and new rows do not shift them."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from core.api.strict_input import StrictQuery

MOST = 100


class PageQuery(StrictQuery):
    """What a list's address can ask; a list with filters adds its own."""

    cursor = serializers.CharField(max_length=500, required=False)
    page_size = serializers.IntegerField(min_value=1, max_value=MOST, default=25)


def checked_query(request: Request, kind: type[PageQuery] = PageQuery) -> dict[str, Any]:
    """The query's values. Raises ValidationError."""
    query = request.query_params.dict()
    query.pop("format", None)  # it chose the renderer already
    given = kind(data=query)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


class CursorPages(CursorPagination):
    """25 rows, or as many as `page_size` says, up to 100."""

    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = MOST

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        """The page that the cursor names. Raises NotFound for a cursor that is none of ours."""
        try:
            found: list[Any] | None = super().paginate_queryset(queryset, request, view)
        except (ValueError, ValidationError):
            # It was one by its form, and names a position that no row can have.
            raise NotFound(self.invalid_cursor_message) from None
        return found
