"""The API's front page."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from accounts.auth.access import PublicView

PAGES = {
    "log in": "accounts:login",
    "projects": "projects:list",
    "public projects": "projects:public",
    "notes": "notes:list",
    "docs": "docs",
    "redoc": "redoc",
    "schema": "schema",
}


class ApiIndex(PublicView, APIView):
    """Lists the parts of the API."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """Return each part of the API with its URL."""
        return Response({name: reverse(view, request=request) for name, view in PAGES.items()})
