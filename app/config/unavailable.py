"""The error of a part that is away, apart from its handler: authentication is imported early."""

from rest_framework.exceptions import APIException


class Unavailable(APIException):
    """The database, the cache, the queue or the sessions cannot be reached."""

    status_code = 503
    default_detail = "A part that the service needs is away. Try again."
    wait = 2  # seconds, as Retry-After
