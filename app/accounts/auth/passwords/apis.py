"""The endpoints of passwords: change one's own, or reset a forgotten one by mail."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth.access import PublicAuthView, current_user
from accounts.auth.authentication import bearer_token
from accounts.auth.login.known_devices import new_device_token, set_device_cookie
from accounts.auth.openapi import request_example
from accounts.auth.passwords import services
from accounts.auth.rate_limits.throttle import limit_account
from accounts.auth.registration.apis import (
    MAIL_SENT,
    NEW_PASSWORD,
    MailSent,
    NewPassword,
    mail_sent,
)
from accounts.auth.responses import (
    NO_STORE,
    TOKENS,
    Tokens,
    password_field,
    tokens_response,
    user_agent,
    validate,
)
from accounts.email import messages
from accounts.email.tokens import RESET
from core.api.error_schema import problems
from core.api.strict_input import StrictSerializer

CHANGE = request_example("a change", current="a long sentence", password="another long sentence")
ADDRESS = request_example("an address", email="ada@example.com")


class PasswordChange(StrictSerializer):
    """The current password, and the new one."""

    current = password_field()
    password = password_field()


class ResetInput(StrictSerializer):
    """The account whose password was forgotten."""

    email = serializers.EmailField(max_length=254)


class PasswordApi(APIView):
    """The password of the current user."""

    @extend_schema(
        operation_id="auth_password_change",
        request=PasswordChange,
        responses={200: Tokens, **problems(400, 401, 403, 413, 503)},
        examples=[CHANGE, TOKENS],
    )
    def post(self, request: Request) -> Response:
        """Change the password. All sessions end; the response has the tokens of a new one."""
        user = current_user(request)
        limit_account(request, "login", account=user.id)
        body = validate(PasswordChange, request)
        pair = services.change_password(user.id, agent=user_agent(request), **body)
        return tokens_response(pair, use_cookies=bearer_token(request) is None)


class ResetApi(PublicAuthView):
    """A request for a new password."""

    throttle_scope = "reset"

    @extend_schema(
        operation_id="auth_password_reset",
        request=ResetInput,
        responses={202: MailSent, **problems(400, 413, 503)},
        examples=[ADDRESS, MAIL_SENT],
    )
    def post(self, request: Request) -> Response:
        """Request a new password by mail. The response is the same for an unknown address."""
        email = validate(ResetInput, request)["email"]
        limit_account(request, "reset", account=email)
        messages.request_mail(RESET, email=email)
        return mail_sent()


class ResetConfirmApi(PublicAuthView):
    """The new password."""

    throttle_scope = "reset"

    @extend_schema(
        operation_id="auth_password_reset_confirm",
        request=NewPassword,
        responses={204: None, **problems(400, 403, 413, 503)},
        examples=[NEW_PASSWORD],
    )
    def post(self, request: Request) -> Response:
        """Set a new password with the token of the mail. All sessions end."""
        user = services.reset_password(**validate(NewPassword, request))
        response = Response(status=204, headers=NO_STORE)
        # A client that reads the account's mail is known, whatever others did to the limit.
        set_device_cookie(response, token=new_device_token(user.email))
        return response
