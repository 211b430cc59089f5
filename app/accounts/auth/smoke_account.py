"""The account of the toolkit's smoke checks: their token stands for a login, in few views.

So the checks write and read through the API as any user does, and see no user's rows. The account
is inactive and has no password: nothing but the token opens it, and no session exists.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.auth.authentication import TokenAuthentication
from accounts.auth.token_user import TokenUser
from core.api.operator_tokens import SMOKE_HEADER, is_token

EMAIL = "smoke-checks@localhost.invalid"


class UserOrSmokeCheckAuthentication(TokenAuthentication):
    """A user's token; or, in X-Smoke-Token, the token of the smoke checks."""

    def authenticate(self, request: Request) -> tuple[TokenUser, Any] | None:
        """The user and the token. Raises AuthenticationFailed for a wrong token."""
        token = request.headers.get(SMOKE_HEADER)
        if token is None:
            return super().authenticate(request)
        if not is_token(token, expected=settings.SMOKE_TOKEN):
            raise AuthenticationFailed
        return TokenUser(smoke_account_id(), session_id=""), None


def smoke_account_id() -> int:
    """The id of the account, which the first check creates."""
    account, _ = get_user_model().objects.get_or_create(
        email=EMAIL, defaults={"is_active": False, "password": make_password(None)}
    )
    return account.pk
