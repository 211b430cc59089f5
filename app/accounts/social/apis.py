"""The addresses of a login by way of a provider. A browser goes to them, no script does."""

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
from accounts.auth.apis import NO_STORE, agent_of
from accounts.auth.rate_limits import count_address
from accounts.social import services
from core.api.error_schema import problems

# It comes back from another site, so it cannot be Strict; it opens nothing by itself.
COOKIE = "__Host-social"
ON = {302: OpenApiResponse(description="The browser goes on from here.")}
REFUSED = "You were not logged in there."


def back_of(request: Request, provider: str) -> str:
    """Where the provider sends the browser back to; its owner registers this address there."""
    place = reverse("accounts:social-back", kwargs={"provider": provider})
    return request.build_absolute_uri(place)


class SocialApi(PublicView, APIView):
    """The way to a provider."""

    @extend_schema(
        operation_id="auth_social", request=None, responses={**ON, **problems(404, 429, 503)}
    )
    def get(self, request: Request, provider: str) -> HttpResponse:
        """Go to the provider, and log in there."""
        count_address(request, "login")
        begun = services.begin(provider, back=back_of(request, provider))
        response = Response(status=302, headers={"Location": begun.place, **NO_STORE})
        response.set_cookie(
            COOKIE,
            begun.browser,
            max_age=services.SECONDS,
            secure=True,
            httponly=True,
            samesite="Lax",
        )
        return response


class SocialBackApi(PublicView, APIView):
    """The way back."""

    @extend_schema(
        operation_id="auth_social_back",
        request=None,
        parameters=[OpenApiParameter(name, str) for name in ("state", "code", "error")],
        responses={**ON, **problems(403, 404, 429, 503)},
    )
    def get(self, request: Request, provider: str) -> HttpResponse:
        """Come back from there: the cookies of a session are set."""
        count_address(request, "login")
        services.provider_of(provider)
        given = request.query_params
        if "error" in given or not given.get("code") or not given.get("state"):
            raise PermissionDenied(REFUSED)
        pair = services.finish(
            provider,
            state=given["state"],
            code=given["code"],
            browser=request.COOKIES.get(COOKIE, ""),
            back=back_of(request, provider),
            agent=agent_of(request),
        )
        response = Response(status=302, headers={"Location": settings.SOCIAL_DONE, **NO_STORE})
        cookies.put(response, access=pair.access, refresh=pair.refresh)
        response.delete_cookie(COOKIE)
        return response
