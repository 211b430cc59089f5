"""The endpoints of the registration: a mail confirms the address, then the password is set."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.auth.access import PublicAuthView
from accounts.auth.openapi import request_example, response_example
from accounts.auth.rate_limits.throttle import limit_account
from accounts.auth.registration import services
from accounts.auth.responses import (
    ACCOUNT,
    NO_STORE,
    AccountOutput,
    password_field,
    validate,
)
from accounts.email import messages
from accounts.email.tokens import REGISTER
from core.api.error_schema import problems
from core.api.strict_input import StrictSerializer

DETAIL = "If this address can be reached, a mail is on its way."
MAIL_SENT = response_example("a mail", status=202, detail=DETAIL)
APPLICANT = request_example("an applicant", email="ada@example.com", name="Ada")
NEW_PASSWORD = request_example("a new password", token="eyJ…", password="a long sentence")
CREATED = response_example("an account", status=201, **ACCOUNT)


class RegisterInput(StrictSerializer):
    """A request for an account. The password is set later, with the token of the mail."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=150, allow_blank=True, default="")


class NewPassword(StrictSerializer):
    """The token of a mail, and the password to set."""

    token = serializers.CharField(max_length=2048)
    password = password_field()


class MailSent(serializers.Serializer[Any]):
    """The same text, whether a mail is sent or not."""

    detail = serializers.CharField()


def mail_sent() -> Response:
    """The response to a request for a mail."""
    return Response({"detail": DETAIL}, status=202, headers=NO_STORE)


class RegisterApi(PublicAuthView):
    """A request for an account."""

    throttle_scope = "register"

    @extend_schema(
        operation_id="auth_register",
        request=RegisterInput,
        responses={202: MailSent, **problems(400, 413, 503)},
        examples=[APPLICANT, MAIL_SENT],
    )
    def post(self, request: Request) -> Response:
        """Request an account: a mail says how to continue. Known addresses get the same answer."""
        body = validate(RegisterInput, request)
        limit_account(request, "register", account=body["email"])
        messages.request_mail(REGISTER, **body)
        return mail_sent()


class RegisterConfirmApi(PublicAuthView):
    """The new account."""

    throttle_scope = "register"

    @extend_schema(
        operation_id="auth_register_confirm",
        request=NewPassword,
        responses={201: AccountOutput, **problems(400, 403, 413, 503)},
        examples=[NEW_PASSWORD, CREATED],
    )
    def post(self, request: Request) -> Response:
        """Create the account with the token of the mail, and set its password."""
        user = services.create_account(**validate(NewPassword, request))
        return Response(AccountOutput(user).data, status=201, headers=NO_STORE)
