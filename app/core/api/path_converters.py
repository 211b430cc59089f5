"""`<id:name>` in an address: the number of a row, as PostgreSQL's bigint can hold it."""

from django.urls.converters import IntConverter

LARGEST_ID = 2**63 - 1


class IdConverter(IntConverter):
    """A larger number is no row's: nothing is there."""

    def to_python(self, value: str) -> int:
        """The number. Raises ValueError, for Django's 404."""
        if len(value) > 19 or int(value) > LARGEST_ID:
            raise ValueError("no row has this number")
        return int(value)
