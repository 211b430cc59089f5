"""The addresses of what happened in a project, and how it stands."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import asking
from config.pages import PageQuery, Pages, checked_query
from config.problem_schema import problems
from projects import examples
from projects.access import project_for
from projects.models import Activity, Role
from projects.report import REPORT, report_for
from projects.selectors import activity_of
from projects.serializers import ActivityOutput, ReportOutput
from projects.shared_answers import Shares, known


class ActivityPages(Pages):
    """The newest first."""

    ordering = "-id"


class ActivityApi(generics.GenericAPIView[Activity]):
    """What happened."""

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
        """One page of what happened in the project, the newest first."""
        project_for(asking(request).pk, project_id, at_least=Role.VIEWER)
        checked_query(request)
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(ActivityOutput(page, many=True).data)


class ReportApi(Shares, APIView):
    """How a project stands."""

    declared = REPORT

    @extend_schema(
        operation_id="projects_report",
        responses={200: ReportOutput, **problems(401, 404, 503)},
        examples=[examples.REPORT],
    )
    def get(self, request: Request, project_id: int) -> HttpResponse:
        """How many tasks there are by status, priority and assignee, and how many are overdue."""
        body = report_for(asking(request).pk, project_id, marks=known(request))
        headers = {"Cache-Control": "private, no-cache"}
        return HttpResponse(body, content_type="application/json", headers=headers)
