"""The endpoint of a project's report."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.auth.access import current_user
from core.api.error_schema import problems
from domains.projects import examples
from domains.projects.serializers import ReportOutput
from domains.tasks.report import report_for


class ReportApi(APIView):
    """How a project stands."""

    @extend_schema(
        operation_id="projects_report",
        responses={200: ReportOutput, **problems(401, 404, 503)},
        examples=[examples.REPORT],
    )
    def get(self, request: Request, project_id: int) -> HttpResponse:
        """How many tasks there are by status, priority and assignee, and how many are overdue."""
        body = report_for(current_user(request).pk, project_id)
        headers = {"Cache-Control": "private, no-cache"}
        return HttpResponse(body, content_type="application/json", headers=headers)
