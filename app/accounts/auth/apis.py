"""The addresses of a login: they take input, call a service, and answer."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import cookies, services
from accounts.auth.access import PublicView, current_user
from accounts.auth.authentication import REFUSED
from accounts.auth.known_devices import known_device, new_token, remember
from accounts.auth.previous_session import end_previous_session
from accounts.auth.rate_limits import count_account, count_login
from accounts.auth.same_origin import require_same_origin
from accounts.auth.serializers import AccountOutput, LoginInput, LoginOutput, RefreshInput, Tokens
from accounts.auth.services import Pair
from accounts.mfa.verification import NEEDED, SecondFactorNeeded
from accounts.selectors import find_user
from core.api.error_schema import problems
from core.api.errors import CONTENT_TYPE, problem

NO_STORE = {"Cache-Control": "no-store"}
PAIR = OpenApiExample(
    "tokens",
    value={"access": "eyJ…", "refresh": "eyJ…", "token_type": "Bearer", "expires_in": 900},
    response_only=True,
    status_codes=["200"],
)
WHO = OpenApiExample(
    "a browser",
    value={"email": "ada@example.com", "password": "a long sentence", "cookies": True},
    request_only=True,
)
WHO_WITH_CODE = OpenApiExample(
    "a client with a code",
    value={"email": "ada@example.com", "password": "a long sentence", "code": "123456"},
    request_only=True,
)
CODE_NEEDED = OpenApiExample(
    "a second factor is needed",
    value=problem(401, detail=NEEDED, kind=SecondFactorNeeded.kind, title=SecondFactorNeeded.title),
    media_type=CONTENT_TYPE,
    response_only=True,
    status_codes=["401"],
)
TOKEN = OpenApiExample("a refresh token", value={"refresh": "eyJ…"}, request_only=True)
ME = OpenApiExample(
    "an account",
    value={
        "id": 7,
        "email": "ada@example.com",
        "name": "Ada",
        "is_staff": False,
        "email_confirmed": True,
        "created_at": "2026-01-31T09:30:00Z",
    },
    response_only=True,
)


def answer(pair: Pair, *, web: str) -> Response:
    """The pair in the body, or for `web` ("yes") in cookies that no script can read."""
    body: dict[str, Any] = {"token_type": "Bearer"}
    body["expires_in"] = int(settings.ACCESS_LIFETIME.total_seconds())
    response = Response(body, headers=NO_STORE)
    if web:
        cookies.put(response, access=pair.access, refresh=pair.refresh)
    else:
        response.data |= {"access": pair.access, "refresh": pair.refresh}
    return response


def agent_of(request: Request) -> str:
    """What the client's program calls itself, for the list of sessions."""
    return request.headers.get("User-Agent", "")[:200]


class PublicAuthView(PublicView, APIView):
    """A public view that answers a refused credential with 401."""

    def get_authenticate_header(self, request: Request) -> str:
        """Make the status of a refusal 401 instead of 403."""
        return 'Bearer realm="api"'


class LoginApi(PublicAuthView):
    """A password for a pair of tokens."""

    limit = "login"

    @extend_schema(
        operation_id="auth_login",
        request=LoginInput,
        responses={200: LoginOutput, **problems(400, 401, 403, 503)},
        examples=[WHO, WHO_WITH_CODE, PAIR, CODE_NEEDED],
    )
    def post(self, request: Request) -> Response:
        """Log in. The answer is the same for an unknown address and a wrong password.

        With the right password of an account that has a second factor, and no `code`, the 401 is
        of the type `/problems/second-factor-needed`: ask for the code, and send all again.
        """
        given = LoginInput(data=request.data)
        given.is_valid(raise_exception=True)
        web = given.validated_data["cookies"]
        if web:
            require_same_origin(request)
        email, device = given.validated_data["email"], given.validated_data.get("device", "")
        device = known_device(request, email=email, given=device)
        count_login(request, email=email, device=device)
        pair = services.log_in(
            email=email,
            password=given.validated_data["password"],
            code=given.validated_data.get("code", ""),
            agent=agent_of(request),
        )
        response = answer(pair, web="yes" if web else "")
        token = new_token(email, device=device)
        if web:
            end_previous_session(request)
            remember(response, token=token)
        else:
            response.data["device"] = token
        return response


class RefreshApi(PublicAuthView):
    """A refresh token for the next pair."""

    limit = "refresh"

    @extend_schema(
        operation_id="auth_refresh",
        request=RefreshInput,
        responses={200: Tokens, **problems(400, 401, 403, 503)},
        examples=[TOKEN, PAIR],
    )
    def post(self, request: Request) -> Response:
        """The next pair. A token that is sent again within ten seconds gets the same pair again:
        two tabs may refresh together. Sent later, it ends the session.
        """
        given = RefreshInput(data=request.data)
        given.is_valid(raise_exception=True)
        if raw := given.validated_data.get("refresh", ""):
            return answer(_refreshed(request, raw), web="")
        if not (raw := request.COOKIES.get(cookies.REFRESH, "")):
            raise NotAuthenticated()
        require_same_origin(request)
        return answer(_refreshed(request, raw), web="yes")


class MeApi(APIView):
    """Whoever asks."""

    before_second_factor = True

    @extend_schema(
        operation_id="auth_me",
        responses={200: AccountOutput, **problems(401, 503)},
        examples=[ME],
    )
    def get(self, request: Request) -> Response:
        """The account that the token belongs to."""
        user = find_user(current_user(request).id)
        if user is None:
            raise AuthenticationFailed(REFUSED)
        return Response(AccountOutput(user).data, headers=NO_STORE)


def _refreshed(request: Request, raw: str) -> Pair:
    """The next pair; counted for whom the token says, which nobody else can say."""
    token = services.read_refresh(raw)
    count_account(request, "refresh", account=token.user_id)
    return services.next_pair(token)
