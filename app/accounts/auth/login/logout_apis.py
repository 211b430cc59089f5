"""The endpoints of the logout: from one session, or from all."""

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import cookies
from accounts.auth.access import PublicAuthView, current_user
from accounts.auth.authentication import INVALID_TOKEN, bearer_token
from accounts.auth.login import services
from accounts.auth.login.apis import REFRESH, RefreshInput
from accounts.auth.responses import NO_STORE, validate
from accounts.auth.same_origin import require_same_origin
from accounts.auth.tokens import AccessToken, Token, TokenError
from core.api.error_schema import problems


class LogoutApi(PublicAuthView):
    """The end of one session."""

    @extend_schema(
        operation_id="auth_logout",
        request=RefreshInput,
        responses={204: None, **problems(400, 401, 403, 503)},
        auth=[{"header": []}, {"cookie": []}, {}],  # type: ignore[list-item]
        examples=[REFRESH],
    )
    def post(self, request: Request) -> Response:
        """End the session of the refresh token, of the header's token, or of the cookies."""
        refresh = validate(RefreshInput, request).get("refresh", "")
        services.log_out(_find_token(request, refresh=refresh))
        return _logged_out()


class LogoutEverywhereApi(APIView):
    """The end of all sessions."""

    allow_without_second_factor = True

    @extend_schema(
        operation_id="auth_logout_everywhere",
        request=None,
        responses={204: None, **problems(401, 403, 503)},
    )
    def post(self, request: Request) -> Response:
        """End every session of the current user, including this one."""
        services.log_out_everywhere(current_user(request).id)
        return _logged_out()


def _logged_out() -> Response:
    response = Response(status=204, headers=NO_STORE)
    cookies.delete_token_cookies(response)
    return response


def _find_token(request: Request, *, refresh: str) -> Token:
    """The token whose session ends. Cookies count only if the request is same-origin."""
    if refresh:
        return services.decode_refresh_token(refresh)
    if raw := bearer_token(request):
        return _decode_access_token(raw)
    require_same_origin(request)
    if raw := request.COOKIES.get(cookies.REFRESH):
        return services.decode_refresh_token(raw)
    if raw := request.COOKIES.get(cookies.ACCESS):
        return _decode_access_token(raw)
    raise NotAuthenticated()


def _decode_access_token(raw: str) -> AccessToken:
    try:
        return AccessToken.decode(raw)
    except TokenError as error:
        raise AuthenticationFailed(INVALID_TOKEN) from error
