"""The addresses of a logout: of one session, or of all."""

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.exceptions import TokenError

from accounts.auth import cookies, services
from accounts.auth.access import current_user
from accounts.auth.apis import NO_STORE, TOKEN, PublicAuthView
from accounts.auth.authentication import REFUSED, bearer
from accounts.auth.same_origin import require_same_origin
from accounts.auth.serializers import RefreshInput
from accounts.auth.tokens import Access, SessionToken
from core.api.error_schema import problems


class LogoutApi(PublicAuthView):
    """The end of a session."""

    @extend_schema(
        operation_id="auth_logout",
        request=RefreshInput,
        responses={204: None, **problems(400, 401, 403, 503)},
        auth=[{"header": []}, {"cookie": []}, {}],  # type: ignore[list-item]
        examples=[TOKEN],
    )
    def post(self, request: Request) -> Response:
        """End the session of the refresh token, of the header's token, or of the cookies."""
        given = RefreshInput(data=request.data)
        given.is_valid(raise_exception=True)
        services.log_out(_token_of(request, refresh=given.validated_data.get("refresh", "")))
        response = Response(status=204, headers=NO_STORE)
        cookies.clear(response)
        return response


class LogoutEverywhereApi(APIView):
    """The end of all sessions."""

    before_second_factor = True

    @extend_schema(
        operation_id="auth_logout_everywhere",
        request=None,
        responses={204: None, **problems(401, 403, 503)},
    )
    def post(self, request: Request) -> Response:
        """End every session of whoever asks, this one too."""
        services.log_out_everywhere(current_user(request).id)
        response = Response(status=204, headers=NO_STORE)
        cookies.clear(response)
        return response


def _token_of(request: Request, *, refresh: str) -> SessionToken:
    """The token that names the session to end. A browser's cookies count for our pages only."""
    if refresh:
        return services.read_refresh(refresh)
    if raw := bearer(request):
        return _read(Access, raw)
    require_same_origin(request)
    if raw := request.COOKIES.get(cookies.REFRESH):
        return services.read_refresh(raw)
    if raw := request.COOKIES.get(cookies.ACCESS):
        return _read(Access, raw)
    raise NotAuthenticated()


def _read(kind: type[SessionToken], raw: str) -> SessionToken:
    try:
        return kind.read(raw)
    except TokenError as error:
        raise AuthenticationFailed(REFUSED) from error
