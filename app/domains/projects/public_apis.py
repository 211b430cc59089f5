"""The list of public projects: the same for every client, so the edge may share it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from accounts.auth.access import PublicView
from core.api.error_schema import problems
from core.api.keyset_pagination import KeysetPages
from core.api.pagination import PageQuery, checked_query
from domains.projects import examples
from domains.projects.models import Project
from domains.projects.selectors import as_json, public_projects
from domains.projects.serializers import PublicProjectOutput

# The edge keeps each page for a second, so the service answers it once a second at most.
SHARED = {"Cache-Control": "public, max-age=1"}


class PublicPages(KeysetPages):
    """The last changed first."""

    ordering = ("-updated_at", "-id")


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    """What a page depends on: the URL, and nothing of the caller."""

    url: str
    query_params: dict[str, str]

    def build_absolute_uri(self) -> str:
        """Where the links of the page lead."""
        return self.url


def page(request: PageRequest) -> bytes:
    """One page as JSON. Raises NotFound for a wrong cursor."""
    pages = PublicPages()
    rows: Any = pages.paginate_queryset(public_projects(), request)  # type: ignore[arg-type]
    return as_json(pages.get_paginated_response(PublicProjectOutput(rows, many=True).data).data)


class PublicProjectsApi(PublicView, generics.GenericAPIView[Project]):
    """The public projects."""

    pagination_class = PublicPages
    serializer_class = PublicProjectOutput
    renderer_classes = (JSONRenderer,)

    def get_queryset(self) -> QuerySet[Project, dict[str, Any]]:  # type: ignore[override]
        """All public projects that are not archived."""
        return public_projects()

    @extend_schema(
        operation_id="projects_public",
        parameters=[PageQuery],
        responses={200: PublicProjectOutput(many=True), **problems(400, 404, 503)},
        examples=[examples.PUBLIC_PROJECT],
        auth=[{}],  # type: ignore[list-item]
    )
    def get(self, request: Request) -> HttpResponse:
        """One page of the public projects, the last changed first; it may be some seconds old."""
        checked_query(request)
        wanted = PageRequest(
            url=request.build_absolute_uri(), query_params=request.query_params.dict()
        )
        return HttpResponse(page(wanted), content_type="application/json", headers=SHARED)
