"""The addresses of who has no password yet, or forgot it: a mail lets them choose one."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.auth import passwords, registration
from accounts.auth.apis import ME, NO_STORE, PublicAuthView
from accounts.auth.known_devices import new_token, remember
from accounts.auth.rate_limits import count_account
from accounts.auth.serializers import AccountOutput, NewPassword, RegisterInput, ResetInput, Sent
from accounts.email import messages
from accounts.email.tokens import REGISTER, RESET
from core.api.error_schema import problems

SENT = {"detail": "If this address can be reached, a mail is on its way."}
ON_ITS_WAY = OpenApiExample("on its way", value=SENT, response_only=True, status_codes=["202"])
WHO = OpenApiExample(
    "somebody", value={"email": "ada@example.com", "name": "Ada"}, request_only=True
)
WHOSE = OpenApiExample("an address", value={"email": "ada@example.com"}, request_only=True)
CHOICE = OpenApiExample(
    "a new password",
    value={"token": "eyJ…", "password": "a long sentence"},
    request_only=True,
)


class RegisterApi(PublicAuthView):
    """A wish for an account."""

    limit = "register"

    @extend_schema(
        operation_id="auth_register",
        request=RegisterInput,
        responses={202: Sent, **problems(400, 413, 503)},
        examples=[WHO, ON_ITS_WAY],
    )
    def post(self, request: Request) -> Response:
        """Ask for an account: a mail says how to go on. The same answer for a known address."""
        given = RegisterInput(data=request.data)
        given.is_valid(raise_exception=True)
        email = given.validated_data["email"]
        count_account(request, "register", account=email)
        messages.ask_for(REGISTER, email=email, name=given.validated_data["name"])
        return Response(SENT, status=202, headers=NO_STORE)


class RegisterConfirmApi(PublicAuthView):
    """The account itself."""

    limit = "register"

    @extend_schema(
        operation_id="auth_register_confirm",
        request=NewPassword,
        responses={201: AccountOutput, **problems(400, 403, 413, 503)},
        examples=[CHOICE, ME],
    )
    def post(self, request: Request) -> Response:
        """Open the account with the token of the mail, and choose its password."""
        given = NewPassword(data=request.data)
        given.is_valid(raise_exception=True)
        user = registration.open_account(**given.validated_data)
        return Response(AccountOutput(user).data, status=201, headers=NO_STORE)


class ResetApi(PublicAuthView):
    """A wish for a new password."""

    limit = "reset"

    @extend_schema(
        operation_id="auth_password_reset",
        request=ResetInput,
        responses={202: Sent, **problems(400, 413, 503)},
        examples=[WHOSE, ON_ITS_WAY],
    )
    def post(self, request: Request) -> Response:
        """Ask for a new password by mail. The answer is the same for an unknown address."""
        given = ResetInput(data=request.data)
        given.is_valid(raise_exception=True)
        email = given.validated_data["email"]
        count_account(request, "reset", account=email)
        messages.ask_for(RESET, email=email)
        return Response(SENT, status=202, headers=NO_STORE)


class ResetConfirmApi(PublicAuthView):
    """The new password."""

    limit = "reset"

    @extend_schema(
        operation_id="auth_password_reset_confirm",
        request=NewPassword,
        responses={204: None, **problems(400, 403, 413, 503)},
        examples=[CHOICE],
    )
    def post(self, request: Request) -> Response:
        """Choose a new password with the token of the mail. All sessions end."""
        given = NewPassword(data=request.data)
        given.is_valid(raise_exception=True)
        user = passwords.reset(**given.validated_data)
        response = Response(status=204, headers=NO_STORE)
        # Whoever reads the account's mail is no stranger, whatever strangers have used up.
        remember(response, token=new_token(user.email))
        return response
