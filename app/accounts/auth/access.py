"""Who may use a view: authenticated users by default; a public view says so."""

from typing import Any, ClassVar, cast

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.auth.token_user import TokenUser


class PublicView:
    """Mixin for an APIView without authentication."""

    authentication_classes: ClassVar[Any] = ()
    permission_classes: ClassVar[Any] = (AllowAny,)


class PublicAuthView(PublicView, APIView):
    """A public view that answers refused credentials with 401."""

    def get_authenticate_header(self, request: Request) -> str:
        """Make the status of a refusal 401 instead of 403."""
        return 'Bearer realm="api"'


def current_user(request: Request) -> TokenUser:
    """Return the authenticated user, in a view that requires one."""
    return cast(TokenUser, request.user)
