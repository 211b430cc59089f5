"""Pages by cursor: page 10,000 costs as much as page 1, and new rows do not shift them."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class Pages(CursorPagination):
    """25 rows, or as many as `page_size` says, up to 100."""

    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100

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
