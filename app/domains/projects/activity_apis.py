"""The endpoint of a project's activity."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.auth.access import current_user
from core.api.error_schema import problems
from core.api.pagination import CursorPages, PageQuery, checked_query
from domains.projects import examples
from domains.projects.access import project_for
from domains.projects.models import Activity, Role
from domains.projects.selectors import activity_of
from domains.projects.serializers import ActivityOutput


class ActivityPages(CursorPages):
    """The newest first."""

    ordering = "-id"


class ActivityApi(generics.GenericAPIView[Activity]):
    """The activity of a project."""

    pagination_class = ActivityPages
    serializer_class = ActivityOutput

    def get_queryset(self) -> QuerySet[Activity, dict[str, Any]]:  # type: ignore[override]
        """Of one project."""
        return activity_of(self.kwargs["project_id"])

    @extend_schema(
        operation_id="projects_activity",
        parameters=[PageQuery],
        responses={200: ActivityOutput(many=True), **problems(400, 401, 404, 503)},
        examples=[examples.ACTIVITY],
    )
    def get(self, request: Request, project_id: int) -> Response:
        """One page of the project's activity, the newest first."""
        project_for(current_user(request).pk, project_id, at_least=Role.VIEWER)
        checked_query(request)
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(ActivityOutput(page, many=True).data)
