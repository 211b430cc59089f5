"""Endpoints of projects: list, create, detail, change, delete."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth.access import current_user
from core.api.concurrency import limit_concurrency
from core.api.error_schema import problems
from core.api.etags import (
    IF_MATCH,
    IF_NONE_MATCH,
    OPTIONAL_IF_MATCH,
    expected_version,
    tag,
    versioned_response,
)
from core.api.keyset_pagination import KeysetPages
from core.api.pagination import checked_query
from core.db.search_limits import SearchTooSlow, search_transaction
from domains.projects import examples, services
from domains.projects.models import Project
from domains.projects.selectors import project_detail, projects_of
from domains.projects.serializers import ProjectInput, ProjectOutput, ProjectPatch, ProjectQuery
from idempotency.apis import KEY, IdempotentMixin


class ProjectPages(KeysetPages):
    """Pages by the time of the last change."""

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        """As `ordering` says; the id decides between equal times."""
        if request.query_params.get("ordering") == "updated_at":
            return ("updated_at", "id")
        return ("-updated_at", "-id")


class ProjectListApi(IdempotentMixin, generics.GenericAPIView[Project]):
    """The caller's projects, and a new one."""

    pagination_class = ProjectPages
    serializer_class = ProjectInput

    def get_queryset(self) -> QuerySet[Project, dict[str, Any]]:  # type: ignore[override]
        """Only those that the caller is a member of."""
        query = checked_query(self.request, ProjectQuery)
        filters = {name: query[name] for name in ("archived", "role", "q") if name in query}
        return projects_of(current_user(self.request).pk, **filters)

    @extend_schema(
        operation_id="projects_list",
        parameters=[ProjectQuery],
        responses={
            200: ProjectOutput(many=True),
            **problems(400, 401, 404, 429, 503, SearchTooSlow),
        },
        examples=[examples.PROJECT],
    )
    def get(self, request: Request) -> Response:
        """One page of your projects, the last changed first."""
        if "q" not in request.query_params:
            page = self.paginate_queryset(self.get_queryset())
        else:
            with (
                limit_concurrency("search", account=current_user(request).pk),
                search_transaction(),
            ):
                page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(ProjectOutput(page, many=True).data)

    @extend_schema(
        operation_id="projects_create",
        parameters=[KEY],
        request=ProjectInput,
        responses={201: ProjectOutput, **problems(400, 401, 409, 413, 422, 503)},
        examples=[examples.NEW_PROJECT, examples.PROJECT],
    )
    def post(self, request: Request) -> Response:
        """A project of your own; you are its owner."""
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        project = services.create_project(current_user(request).pk, **given.validated_data)
        url = request.build_absolute_uri(reverse("projects:detail", args=[project.pk]))
        headers = {"Location": url, "ETag": tag(project.version, view=project.role or "")}
        return Response(ProjectOutput(project).data, status=201, headers=headers)


class ProjectDetailApi(APIView):
    """One project."""

    @extend_schema(
        operation_id="projects_detail",
        parameters=[IF_NONE_MATCH],
        responses={200: ProjectOutput, 304: None, **problems(401, 404, 503)},
        examples=[examples.PROJECT],
    )
    def get(self, request: Request, project_id: int) -> Response:
        """The project with this number; its ETag is for If-Match and If-None-Match."""
        project = project_detail(current_user(request).pk, project_id)
        view = project.role or "public"
        return versioned_response(
            request, ProjectOutput(project).data, version=project.version, view=view
        )

    @extend_schema(
        operation_id="projects_change",
        parameters=[IF_MATCH],
        request=ProjectPatch,
        responses={200: ProjectOutput, **problems(400, 401, 403, 404, 412, 413, 428, 503)},
        examples=[examples.CHANGED_PROJECT, examples.PROJECT],
    )
    def patch(self, request: Request, project_id: int) -> Response:
        """Change what is given. For its owners."""
        version = expected_version(request)
        given = ProjectPatch(data=request.data)
        given.is_valid(raise_exception=True)
        project = services.change_project(
            current_user(request).pk, project_id, version=version, changes=given.validated_data
        )
        etag = tag(project.version, view=project.role or "")
        return Response(ProjectOutput(project).data, headers={"ETag": etag})

    @extend_schema(
        operation_id="projects_delete",
        parameters=[OPTIONAL_IF_MATCH],
        responses={204: None, **problems(401, 403, 404, 412, 428, 503)},
    )
    def delete(self, request: Request, project_id: int) -> Response:
        """Delete it with all that is in it. For its owners; with If-Match only that version."""
        version = expected_version(request) if "If-Match" in request.headers else None
        services.delete_project(current_user(request).pk, project_id, version=version)
        return Response(status=204)
