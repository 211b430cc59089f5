"""Who may use an address: by default only who is logged in; what is public says so."""

from typing import Any, ClassVar

from rest_framework.permissions import AllowAny


class Public:
    """For an APIView that everybody may use, and that does not look at who asks."""

    authentication_classes: ClassVar[Any] = ()
    permission_classes: ClassVar[Any] = (AllowAny,)
