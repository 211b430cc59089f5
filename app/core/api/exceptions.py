"""Errors of the API that many modules raise.

They are not in `core.api.errors`, whose import loads Django REST Framework's settings, which in
turn name classes of modules that raise these errors.
"""

from rest_framework.exceptions import APIException


class Unavailable(APIException):
    """The database, the cache, the queue or the sessions cannot be reached."""

    status_code = 503
    default_detail = "A part that the service needs is unavailable. Try again."
    wait = 2  # seconds, as Retry-After


class TooMany(APIException):
    """A limit is exceeded; `wait` is the rest of its window in seconds, sent as Retry-After."""

    status_code = 429
    default_detail = "Too many requests. Try again later."

    def __init__(self, *, wait: int) -> None:
        super().__init__()
        self.wait = max(1, wait)
