"""Keyset pagination by a column that is not unique: the id breaks ties, and is in the cursor."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.timezone import is_naive
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor
from rest_framework.request import Request

from core.api.pagination import CursorPages

SEPARATOR = "~"


class KeysetPages(CursorPages):
    """For `ordering` by one column and then the id, both in one direction.

    DRF's own cursor has the column only, with an offset of up to 1000 among equal values: of more
    rows with one time (written in one statement) the rest would never be reached.
    """

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        """Return the page of the cursor. Raises NotFound for an invalid cursor."""
        self.request = request
        self.page_size = self.get_page_size(request) or self.max_page_size
        self.base_url = request.build_absolute_uri()
        self.ordering = self.get_ordering(request, queryset, view)
        self.cursor = self.decode_cursor(request)
        back = self.cursor is not None and self.cursor.reverse
        rows = self._rows(queryset, back=back)
        more = len(rows) > self.page_size
        self.page = rows[: self.page_size][:: -1 if back else 1]
        self.has_next = more or back
        self.has_previous = more if back else self.cursor is not None
        self.display_page_controls = self.has_next or self.has_previous
        return self.page

    def _rows(self, queryset: Any, *, back: bool) -> list[Any]:
        """Return one row more than the page holds, in the direction of the cursor."""
        column = self.ordering[0].removeprefix("-")
        down = self.ordering[0].startswith("-") != back
        if self.cursor is not None:
            queryset = queryset.filter(
                self._after(self.cursor, queryset.model, column=column, down=down)
            )
        sign = "-" if down else ""
        return list(queryset.order_by(f"{sign}{column}", f"{sign}id")[: self.page_size + 1])

    def _after(self, cursor: Cursor, model: Any, *, column: str, down: bool) -> Q:
        """Return the filter for the rows after the cursor. Its first part can use the index."""
        text, _, number = str(cursor.position or "").rpartition(SEPARATOR)
        try:
            value, identity = model._meta.get_field(column).to_python(text), int(number)
        except (ValueError, ValidationError):
            raise NotFound(self.invalid_cursor_message) from None
        if isinstance(value, datetime) and is_naive(value):
            raise NotFound(self.invalid_cursor_message)
        than = "lt" if down else "gt"
        strictly = Q(**{f"{column}__{than}": value}) | Q(**{f"id__{than}": identity})
        return Q(**{f"{column}__{than}e": value}) & strictly

    def get_next_link(self) -> str | None:
        """Where the page after this one is."""
        return self._link(-1, back=False) if self.page and self.has_next else None

    def get_previous_link(self) -> str | None:
        """Return the link of the previous page."""
        return self._link(0, back=True) if self.page and self.has_previous else None

    def _link(self, place: int, *, back: bool) -> str:
        row = (self.page or [])[place]
        value = row[self.ordering[0].removeprefix("-")].isoformat()
        position = f"{value}{SEPARATOR}{row['id']}"
        # DRF's types take a position for a number, and its code for a text.
        cursor = Cursor(offset=0, reverse=back, position=position)  # type: ignore[arg-type]
        return str(self.encode_cursor(cursor))
