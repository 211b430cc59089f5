"""`<id:name>` in a URL pattern: the id of a row, within PostgreSQL's bigint."""

from django.urls.converters import IntConverter

LARGEST_ID = 2**63 - 1


class IdConverter(IntConverter):
    """An integer up to LARGEST_ID; a larger one is 404."""

    def to_python(self, value: str) -> int:
        """Return the id. Raises ValueError, which Django turns into 404."""
        if len(value) > 19 or int(value) > LARGEST_ID:
            raise ValueError("no row has this number")
        return int(value)
