"""Errors of the API that are raised in many places.

They are apart from their handler (`core.api.errors`), which loads Django REST Framework's settings,
and these name classes of modules that raise them.
"""

from rest_framework.exceptions import APIException


class Unavailable(APIException):
    """The database, the cache, the queue or the sessions cannot be reached."""

    status_code = 503
    default_detail = "A part that the service needs is away. Try again."
    wait = 2  # seconds, as Retry-After


class TooMany(APIException):
    """One rate is used up; `wait` is the rest of its window in seconds, as Retry-After."""

    status_code = 429
    default_detail = "Too many requests. Try again later."

    def __init__(self, *, wait: int) -> None:
        super().__init__()
        self.wait = max(1, wait)
