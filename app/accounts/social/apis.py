"""The endpoints of a login at an OpenID provider. A browser navigates to them."""

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import cookies
from accounts.auth.access import PublicView
from accounts.auth.rate_limits.throttle import limit_address
from accounts.auth.responses import NO_STORE, user_agent
from accounts.social import services
from core.api.error_schema import problems

# The browser returns from another site, so that it cannot be Strict; it grants no access by itself.
COOKIE = "__Host-social"
REDIRECT = {302: OpenApiResponse(description="The browser is redirected.")}
NOT_LOGGED_IN = "You were not logged in at the provider."


def redirect_uri(request: Request, provider: str) -> str:
    """Where the provider sends the browser back to; it must be registered at the provider."""
    path = reverse("accounts:social-back", kwargs={"provider": provider})
    return request.build_absolute_uri(path)


class SocialApi(PublicView, APIView):
    """The start of the login."""

    @extend_schema(
        operation_id="auth_social", request=None, responses={**REDIRECT, **problems(404, 429, 503)}
    )
    def get(self, request: Request, provider: str) -> HttpResponse:
        """Go to the provider to log in."""
        limit_address(request, "login")
        login = services.start_login(provider, redirect_uri=redirect_uri(request, provider))
        response = Response(status=302, headers={"Location": login.url, **NO_STORE})
        response.set_cookie(
            COOKIE,
            login.browser_secret,
            max_age=services.LOGIN_SECONDS,
            secure=True,
            httponly=True,
            samesite="Lax",
        )
        return response


class SocialBackApi(PublicView, APIView):
    """The completion of the login."""

    @extend_schema(
        operation_id="auth_social_back",
        request=None,
        parameters=[OpenApiParameter(name, str) for name in ("state", "code", "error")],
        responses={**REDIRECT, **problems(403, 404, 429, 503)},
    )
    def get(self, request: Request, provider: str) -> HttpResponse:
        """Return from the provider: the cookies of a session are set."""
        limit_address(request, "login")
        services.get_provider(provider)
        query = request.query_params
        if "error" in query or not query.get("code") or not query.get("state"):
            raise PermissionDenied(NOT_LOGGED_IN)
        pair = services.complete_login(
            provider,
            state=query["state"],
            code=query["code"],
            browser_secret=request.COOKIES.get(COOKIE, ""),
            redirect_uri=redirect_uri(request, provider),
            agent=user_agent(request),
        )
        response = Response(
            status=302, headers={"Location": settings.SOCIAL_LOGIN_REDIRECT_URL, **NO_STORE}
        )
        cookies.set_token_cookies(response, access=pair.access, refresh=pair.refresh)
        response.delete_cookie(COOKIE)
        return response
