"""The endpoints of the current user's second factor. A user who must set one up may use them."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth.access import current_user
from accounts.auth.authentication import INVALID_TOKEN, bearer_token
from accounts.auth.openapi import request_example, response_example
from accounts.auth.rate_limits.throttle import limit_account
from accounts.auth.responses import (
    NO_STORE,
    TOKENS,
    Tokens,
    code_field,
    password_field,
    tokens_response,
    user_agent,
    validate,
)
from accounts.mfa import services
from accounts.selectors import find_second_factor
from core.api.error_schema import problems
from core.api.strict_input import StrictSerializer

CODES = ["MZXW-6YTB-OI5D-GNBV-GY3Q-2A7K"]
STATE = response_example(
    "it is on", on=True, since="2026-03-01T09:00:00Z", recovery_codes_left=10, demanded=False
)
PASSWORD = request_example("a password", password="a long sentence")
CODE = request_example("a code", code="123456")
PASSWORD_AND_CODE = request_example(
    "a password and a code", password="a long sentence", code="123456"
)
ENROLMENT = response_example(
    "for the app",
    secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    uri="otpauth://totp/Upshift%20service:ada%40example.com?secret=JBSWY3DP…&issuer=…",
)
NEW_CODES = response_example("recovery codes", recovery_codes=CODES)
CONFIRMED = response_example("recovery codes and tokens", recovery_codes=CODES, **TOKENS.value)


class Password(StrictSerializer):
    """The current user's password: required again for this change."""

    password = password_field()


class Code(StrictSerializer):
    """A code of the authenticator app."""

    code = code_field()


class BothFactors(StrictSerializer):
    """The password, and a code of the app or a recovery code."""

    password = password_field()
    code = code_field()


class SecondFactorOutput(serializers.Serializer[Any]):
    """The current user's second factor. `demanded`: the account must have one."""

    on = serializers.BooleanField()
    since = serializers.DateTimeField(allow_null=True)
    recovery_codes_left = serializers.IntegerField()
    demanded = serializers.BooleanField()


class SecondFactorBegun(serializers.Serializer[Any]):
    """For the authenticator app: `uri` as a QR code, or `secret` typed by hand."""

    secret = serializers.CharField()
    uri = serializers.CharField()


class RecoveryCodes(serializers.Serializer[Any]):
    """Each replaces a code of the app once. They are not shown again."""

    recovery_codes = serializers.ListField(child=serializers.CharField())


class TokensWithCodes(Tokens, RecoveryCodes):
    """The pair of a new session, and the recovery codes."""


class SecondFactorChangeApi(APIView):
    """A change of the current user's second factor; attempts are limited as logins are."""

    allow_without_second_factor = True
    throttle_scope = "login"
    input_serializer: ClassVar[type[StrictSerializer]]

    def validated(self) -> dict[str, Any]:
        """The body, after the attempt was counted for the account."""
        limit_account(self.request, "login", account=current_user(self.request).id)
        return validate(self.input_serializer, self.request)


class SecondFactorApi(APIView):
    """The second factor of the current user."""

    allow_without_second_factor = True

    @extend_schema(
        operation_id="auth_second_factor",
        responses={200: SecondFactorOutput, **problems(401, 503)},
        examples=[STATE],
    )
    def get(self, request: Request) -> Response:
        """Get whether it is on, and how many recovery codes are left."""
        found = find_second_factor(current_user(request).id)
        if found is None:
            raise AuthenticationFailed(INVALID_TOKEN)
        return Response(SecondFactorOutput(found).data, headers=NO_STORE)


class SecondFactorBeginApi(SecondFactorChangeApi):
    """The first of two steps of the setup."""

    input_serializer = Password

    @extend_schema(
        operation_id="auth_second_factor_begin",
        request=Password,
        responses={200: SecondFactorBegun, **problems(400, 401, 403, 409, 413, 503)},
        examples=[PASSWORD, ENROLMENT],
    )
    def post(self, request: Request) -> Response:
        """Get a secret for an authenticator app. It has no effect until it is confirmed."""
        enrolment = services.begin(current_user(request).id, **self.validated())
        return Response(SecondFactorBegun(enrolment).data, headers=NO_STORE)


class SecondFactorConfirmApi(SecondFactorChangeApi):
    """The second of two steps of the setup."""

    input_serializer = Code

    @extend_schema(
        operation_id="auth_second_factor_confirm",
        request=Code,
        responses={200: TokensWithCodes, **problems(400, 401, 403, 409, 413, 503)},
        examples=[CODE, CONFIRMED],
    )
    def post(self, request: Request) -> Response:
        """Turn it on with a code of the app.

        All sessions end; the response has the tokens of a new one, and ten recovery codes.
        """
        user_id, agent = current_user(request).id, user_agent(request)
        confirmed = services.confirm(user_id, agent=agent, **self.validated())
        return tokens_response(
            confirmed.pair,
            use_cookies=bearer_token(request) is None,
            recovery_codes=confirmed.recovery_codes,
        )


class SecondFactorRecoveryCodesApi(SecondFactorChangeApi):
    """New recovery codes."""

    input_serializer = BothFactors

    @extend_schema(
        operation_id="auth_second_factor_recovery_codes",
        request=BothFactors,
        responses={200: RecoveryCodes, **problems(400, 401, 403, 409, 413, 503)},
        examples=[PASSWORD_AND_CODE, NEW_CODES],
    )
    def post(self, request: Request) -> Response:
        """Get ten new recovery codes. The previous ones become invalid."""
        codes = services.renew_recovery_codes(current_user(request).id, **self.validated())
        return Response({"recovery_codes": codes}, headers=NO_STORE)


class SecondFactorOffApi(SecondFactorChangeApi):
    """The end of the second factor."""

    input_serializer = BothFactors

    @extend_schema(
        operation_id="auth_second_factor_off",
        request=BothFactors,
        responses={200: Tokens, **problems(400, 401, 403, 409, 413, 503)},
        examples=[PASSWORD_AND_CODE, TOKENS],
    )
    def post(self, request: Request) -> Response:
        """Turn it off. All sessions end; the response has the tokens of a new one."""
        user_id, agent = current_user(request).id, user_agent(request)
        pair = services.turn_off(user_id, agent=agent, **self.validated())
        return tokens_response(pair, use_cookies=bearer_token(request) is None)
