"""The endpoints of the login: they validate input, call a service, and respond."""

from contextlib import suppress

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import cookies
from accounts.auth.access import PublicAuthView, current_user
from accounts.auth.authentication import INVALID_TOKEN
from accounts.auth.login import services
from accounts.auth.login.known_devices import known_device, new_device_token, set_device_cookie
from accounts.auth.openapi import request_example, response_example
from accounts.auth.rate_limits.throttle import limit_account, limit_login
from accounts.auth.responses import (
    ACCOUNT,
    NO_STORE,
    TOKENS,
    AccountOutput,
    Tokens,
    code_field,
    password_field,
    tokens_response,
    user_agent,
    validate,
)
from accounts.auth.same_origin import require_same_origin
from accounts.mfa.verification import CODE_REQUIRED, SecondFactorNeeded
from accounts.selectors import find_user
from core.api.error_schema import problems
from core.api.errors import CONTENT_TYPE, problem
from core.api.strict_input import StrictSerializer

CREDENTIALS = {"email": "ada@example.com", "password": "a long sentence"}
BROWSER = request_example("a browser", **CREDENTIALS, cookies=True)
CLIENT_WITH_CODE = request_example("a client with a code", **CREDENTIALS, code="123456")
SECOND_FACTOR_NEEDED = OpenApiExample(
    "a second factor is needed",
    value=problem(
        401, detail=CODE_REQUIRED, kind=SecondFactorNeeded.kind, title=SecondFactorNeeded.title
    ),
    media_type=CONTENT_TYPE,
    response_only=True,
    status_codes=["401"],
)
REFRESH = request_example("a refresh token", refresh="eyJ…")
ME = response_example("an account", **ACCOUNT)


class LoginInput(StrictSerializer):
    """With `cookies` the tokens are set as cookies, for a browser, and are not in the body.

    `code`: of the authenticator app, or a recovery code, if the account has a second factor.
    """

    email = serializers.EmailField(max_length=254)
    password = password_field()
    code = code_field(required=False)
    device = serializers.CharField(
        max_length=300,
        required=False,
        help_text="From an earlier response. With it, other clients' attempts do not limit yours.",
    )
    cookies = serializers.BooleanField(default=False)


class LoginOutput(Tokens):
    """The first pair, and for a client without cookies the token that makes its device known."""

    device = serializers.CharField(
        required=False, help_text="Keep it, and send it with the next login to this account."
    )


class RefreshInput(StrictSerializer):
    """Without `refresh` the cookie is used."""

    refresh = serializers.CharField(max_length=4096, required=False)


class LoginApi(PublicAuthView):
    """A pair of tokens for a password."""

    throttle_scope = "login"

    @extend_schema(
        operation_id="auth_login",
        request=LoginInput,
        responses={200: LoginOutput, **problems(400, 401, 403, 503)},
        examples=[BROWSER, CLIENT_WITH_CODE, TOKENS, SECOND_FACTOR_NEEDED],
    )
    def post(self, request: Request) -> Response:
        """Log in. The response is the same for an unknown address and a wrong password.

        If the account has a second factor and the password is right but `code` is missing, the 401
        has the type `/problems/second-factor-needed`: ask for the code, and send everything again.
        """
        body = validate(LoginInput, request)
        email, use_cookies = body["email"], body["cookies"]
        if use_cookies:
            require_same_origin(request)
        device = known_device(request, email=email, token=body.get("device", ""))
        limit_login(request, email=email, device=device)
        pair = services.log_in(
            email=email,
            password=body["password"],
            code=body.get("code", ""),
            agent=user_agent(request),
        )
        token = new_device_token(email, device=device)
        if not use_cookies:
            return tokens_response(pair, use_cookies=False, device=token)
        end_previous_session(request)
        response = tokens_response(pair, use_cookies=True)
        set_device_cookie(response, token=token)
        return response


def end_previous_session(request: Request) -> None:
    """End the session whose cookies a new login overwrites (OWASP ASVS 5.0, 7.2.4)."""
    if raw := request.COOKIES.get(cookies.REFRESH):
        with suppress(AuthenticationFailed):  # it has expired
            services.log_out(services.decode_refresh_token(raw))


class RefreshApi(PublicAuthView):
    """The next pair of tokens for a refresh token."""

    throttle_scope = "refresh"

    @extend_schema(
        operation_id="auth_refresh",
        request=RefreshInput,
        responses={200: Tokens, **problems(400, 401, 403, 503)},
        examples=[REFRESH, TOKENS],
    )
    def post(self, request: Request) -> Response:
        """Get the next pair. A token that is sent again within ten seconds gets the same pair, so
        that two tabs may refresh at the same time. Sent later, it ends the session.
        """
        raw = validate(RefreshInput, request).get("refresh", "")
        use_cookies = not raw
        if use_cookies:
            raw = request.COOKIES.get(cookies.REFRESH, "")
            if not raw:
                raise NotAuthenticated()
            require_same_origin(request)
        token = services.decode_refresh_token(raw)
        limit_account(request, "refresh", account=token.user_id)
        return tokens_response(services.refresh_tokens(token), use_cookies=use_cookies)


class MeApi(APIView):
    """The current user."""

    allow_without_second_factor = True

    @extend_schema(
        operation_id="auth_me",
        responses={200: AccountOutput, **problems(401, 503)},
        examples=[ME],
    )
    def get(self, request: Request) -> Response:
        """Get the account that the token belongs to."""
        user = find_user(current_user(request).id)
        if user is None:
            raise AuthenticationFailed(INVALID_TOKEN)
        return Response(AccountOutput(user).data, headers=NO_STORE)
