"""Who may use an address: by default only who is logged in; what is public says so."""

from typing import Any, ClassVar, cast

from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from accounts.auth.token_user import TokenUser


class Public:
    """For an APIView that everybody may use, and that does not look at who asks."""

    authentication_classes: ClassVar[Any] = ()
    permission_classes: ClassVar[Any] = (AllowAny,)


def asking(request: Request) -> TokenUser:
    """Who asks, at an address that is not public."""
    return cast(TokenUser, request.user)
