"""Fields, serializers and responses that several endpoints of accounts share."""

from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.auth import cookies
from accounts.auth.openapi import response_example
from accounts.auth.tokens import TokenPair
from core.api.strict_input import StrictSerializer

NO_STORE = {"Cache-Control": "no-store"}
MAX_PASSWORD_LENGTH = 1024  # a longer one costs time, and is not stronger
MAX_CODE_LENGTH = 64
TOKENS = response_example(
    "tokens", access="eyJ…", refresh="eyJ…", token_type="Bearer", expires_in=900
)
ACCOUNT: dict[str, Any] = {
    "id": 7,
    "email": "ada@example.com",
    "name": "Ada",
    "is_staff": False,
    "email_confirmed": True,
    "created_at": "2026-01-31T09:30:00Z",
}


def password_field() -> serializers.CharField:
    """A password, as it was typed."""
    return serializers.CharField(max_length=MAX_PASSWORD_LENGTH, trim_whitespace=False)


def code_field(**options: Any) -> serializers.CharField:
    """A code of an authenticator app, or a recovery code."""
    return serializers.CharField(max_length=MAX_CODE_LENGTH, **options)


def validate(serializer: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """The validated body of a request. Raises ValidationError."""
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


class Tokens(serializers.Serializer[Any]):
    """The next pair. `expires_in` is the access token's, in seconds. With cookies, the tokens are
    not in the body.
    """

    access = serializers.CharField(required=False)
    refresh = serializers.CharField(required=False)
    token_type = serializers.CharField(default="Bearer")
    expires_in = serializers.IntegerField()


class AccountOutput(serializers.Serializer[Any]):
    """An account, as its owner sees it."""

    id = serializers.IntegerField()
    email = serializers.EmailField()
    name = serializers.CharField()
    is_staff = serializers.BooleanField()
    email_confirmed = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_email_confirmed(self, account: Any) -> bool:
        """Whether the owner has confirmed the address."""
        return account.email_confirmed_at is not None


def tokens_response(pair: TokenPair, *, use_cookies: bool, **body: Any) -> Response:
    """The tokens in the body, or in cookies that no script can read."""
    seconds = int(settings.ACCESS_LIFETIME.total_seconds())
    body |= {"token_type": "Bearer", "expires_in": seconds}
    if not use_cookies:
        body |= {"access": pair.access, "refresh": pair.refresh}
    response = Response(body, headers=NO_STORE)
    if use_cookies:
        cookies.set_token_cookies(response, access=pair.access, refresh=pair.refresh)
    return response


def user_agent(request: Request) -> str:
    """The client's User-Agent, for the list of sessions."""
    return request.headers.get("User-Agent", "")[:200]
