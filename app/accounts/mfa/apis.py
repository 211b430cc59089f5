"""The addresses of one's own second factor. They are open to who must set one up first."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth.access import current_user
from accounts.auth.apis import NO_STORE, PAIR, agent_of, answer
from accounts.auth.authentication import REFUSED, bearer
from accounts.auth.rate_limits import count_account
from accounts.auth.serializers import (
    BothFactors,
    Code,
    Password,
    RecoveryCodes,
    SecondFactorBegun,
    SecondFactorOutput,
    Tokens,
    TokensWithCodes,
)
from accounts.mfa import services
from accounts.selectors import find_second_factor
from core.api.error_schema import problems
from core.api.strict_input import StrictSerializer

CODES = {"recovery_codes": ["MZXW-6YTB-OI5D-GNBV-GY3Q-2A7K"]}
STATE = OpenApiExample(
    "it is on",
    value={
        "on": True,
        "since": "2026-03-01T09:00:00Z",
        "recovery_codes_left": 10,
        "demanded": False,
    },
    response_only=True,
)
PASSWORD = OpenApiExample("a password", value={"password": "a long sentence"}, request_only=True)
CODE = OpenApiExample("a code", value={"code": "123456"}, request_only=True)
BOTH = OpenApiExample(
    "both", value={"password": "a long sentence", "code": "123456"}, request_only=True
)
BEGUN = OpenApiExample(
    "for the app",
    value={
        "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "uri": "otpauth://totp/Upshift%20service:ada%40example.com?secret=JBSWY3DP…&issuer=…",
    },
    response_only=True,
)
KEEP = OpenApiExample("codes to keep", value=CODES, response_only=True, status_codes=["200"])
KEEP_AND_GO_ON = OpenApiExample(
    "codes to keep, and tokens",
    value={
        **CODES,
        "access": "eyJ…",
        "refresh": "eyJ…",
        "token_type": "Bearer",
        "expires_in": 900,
    },
    response_only=True,
    status_codes=["200"],
)


class Change(APIView):
    """A change of one's own second factor: as often as a login may be tried, and no oftener."""

    before_second_factor = True
    limit = "login"


def taken(request: Request, *, kind: type[StrictSerializer]) -> dict[str, Any]:
    """What was sent, counted for who asks."""
    count_account(request, "login", account=current_user(request).id)
    given = kind(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


class SecondFactorApi(APIView):
    """The second factor of whoever asks."""

    before_second_factor = True

    @extend_schema(
        operation_id="auth_second_factor",
        responses={200: SecondFactorOutput, **problems(401, 503)},
        examples=[STATE],
    )
    def get(self, request: Request) -> Response:
        """Whether there is one, and how many recovery codes are left."""
        found = find_second_factor(current_user(request).id)
        if found is None:
            raise AuthenticationFailed(REFUSED)
        return Response(SecondFactorOutput(found).data, headers=NO_STORE)


class SecondFactorBeginApi(Change):
    """The first of two steps."""

    @extend_schema(
        operation_id="auth_second_factor_begin",
        request=Password,
        responses={200: SecondFactorBegun, **problems(400, 401, 403, 409, 413, 503)},
        examples=[PASSWORD, BEGUN],
    )
    def post(self, request: Request) -> Response:
        """Ask for a secret for an authenticator app. Nothing is on until it is confirmed."""
        begun = services.begin(current_user(request).id, **taken(request, kind=Password))
        return Response(SecondFactorBegun(begun).data, headers=NO_STORE)


class SecondFactorConfirmApi(Change):
    """The second of two steps."""

    @extend_schema(
        operation_id="auth_second_factor_confirm",
        request=Code,
        responses={200: TokensWithCodes, **problems(400, 401, 403, 409, 413, 503)},
        examples=[CODE, KEEP_AND_GO_ON],
    )
    def post(self, request: Request) -> Response:
        """Turn it on with a code of the app.

        All sessions end, and who asks gets the tokens of a new one, and ten recovery codes.
        """
        given = taken(request, kind=Code)
        done = services.confirm(current_user(request).id, agent=agent_of(request), **given)
        response = answer(done.pair, web="" if bearer(request) else "yes")
        response.data |= {"recovery_codes": done.recovery_codes}
        return response


class SecondFactorRecoveryCodesApi(Change):
    """New recovery codes."""

    @extend_schema(
        operation_id="auth_second_factor_recovery_codes",
        request=BothFactors,
        responses={200: RecoveryCodes, **problems(400, 401, 403, 409, 413, 503)},
        examples=[BOTH, KEEP],
    )
    def post(self, request: Request) -> Response:
        """Get ten new ones. The ones before are worth nothing from now on."""
        given = taken(request, kind=BothFactors)
        fresh = services.renew_recovery_codes(current_user(request).id, **given)
        return Response({"recovery_codes": fresh}, headers=NO_STORE)


class SecondFactorOffApi(Change):
    """The end of it."""

    @extend_schema(
        operation_id="auth_second_factor_off",
        request=BothFactors,
        responses={200: Tokens, **problems(400, 401, 403, 409, 413, 503)},
        examples=[BOTH, PAIR],
    )
    def post(self, request: Request) -> Response:
        """Turn it off. All sessions end, and who asks gets the tokens of a new one."""
        given = taken(request, kind=BothFactors)
        pair = services.turn_off(current_user(request).id, agent=agent_of(request), **given)
        return answer(pair, web="" if bearer(request) else "yes")
