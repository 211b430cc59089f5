"""The operator's two tokens: one for the metrics, one for the smoke checks.

The toolkit generates them and mounts each as a file (METRICS_TOKEN_FILE, SMOKE_TOKEN_FILE). Without
a token its endpoints refuse every client.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

SMOKE_HEADER = "X-Smoke-Token"


def is_token(given: str, *, expected: str) -> bool:
    """Whether it is the expected token. An empty expected token matches nothing."""
    return bool(expected) and constant_time_compare(given, expected)


def may_read_metrics(request: HttpRequest) -> bool:
    """Whether a request has the metrics token, as Prometheus sends it (`Bearer`)."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and is_token(given.strip(), expected=settings.METRICS_TOKEN)


class HasSmokeToken(BasePermission):
    """Allows the toolkit's smoke checks, and refuses every other client with 403."""

    message = f"This address is for the smoke checks, which send their token as {SMOKE_HEADER}."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the request has the smoke checks' token."""
        if request.method not in view.allowed_methods:
            return True  # the view responds with 405, like every other
        given = request.headers.get(SMOKE_HEADER, "")
        return is_token(given, expected=settings.SMOKE_TOKEN)


class SmokeCheckView:
    """For an APIView that only the smoke checks may use; it authenticates no user."""

    authentication_classes: ClassVar[Any] = ()
    permission_classes: ClassVar[Any] = (HasSmokeToken,)
