"""Endpoints of labels."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth.access import current_user
from core.api.error_schema import problems
from domains.projects import examples
from domains.projects.access import Archived, project_for
from domains.projects.models import Role
from domains.tasks import labels
from domains.tasks.related_serializers import LabelInput, LabelOutput, LabelPatch
from idempotency.apis import KEY, IdempotentMixin


class LabelListApi(IdempotentMixin, APIView):
    """The labels of a project, and a new one."""

    @extend_schema(
        operation_id="projects_labels",
        responses={200: LabelOutput(many=True), **problems(401, 404, 503)},
        examples=[examples.LABEL],
    )
    def get(self, request: Request, project_id: int) -> Response:
        """All labels by name; 100 at most."""
        project_for(current_user(request).pk, project_id, at_least=Role.VIEWER)
        return Response(LabelOutput(labels.labels_of(project_id), many=True).data)

    @extend_schema(
        operation_id="projects_labels_create",
        parameters=[KEY],
        request=LabelInput,
        responses={201: LabelOutput, **problems(400, 401, 403, 404, 409, Archived, 413, 422, 503)},
        examples=[examples.NEW_LABEL, examples.LABEL],
    )
    def post(self, request: Request, project_id: int) -> Response:
        """A new label. For editors."""
        given = LabelInput(data=request.data)
        given.is_valid(raise_exception=True)
        label = labels.create_label(current_user(request).pk, project_id, **given.validated_data)
        url = request.build_absolute_uri(reverse("tasks:label", args=[label.pk]))
        return Response(LabelOutput(label).data, status=201, headers={"Location": url})


class LabelApi(APIView):
    """One label."""

    @extend_schema(
        operation_id="labels_detail",
        responses={200: LabelOutput, **problems(401, 404, 503)},
        examples=[examples.LABEL],
    )
    def get(self, request: Request, label_id: int) -> Response:
        """The label with this id."""
        return Response(LabelOutput(labels.label_for(current_user(request).pk, label_id)).data)

    @extend_schema(
        operation_id="labels_change",
        request=LabelPatch,
        responses={200: LabelOutput, **problems(400, 401, 403, 404, Archived, 413, 503)},
        examples=[examples.CHANGED_LABEL, examples.LABEL],
    )
    def patch(self, request: Request, label_id: int) -> Response:
        """Another name or color. For editors."""
        given = LabelPatch(data=request.data)
        given.is_valid(raise_exception=True)
        label = labels.change_label(
            current_user(request).pk, label_id, changes=given.validated_data
        )
        return Response(LabelOutput(label).data)

    @extend_schema(
        operation_id="labels_delete",
        responses={204: None, **problems(401, 403, 404, Archived, 503)},
    )
    def delete(self, request: Request, label_id: int) -> Response:
        """Delete it; tasks that carry it lose it. For editors."""
        labels.delete_label(current_user(request).pk, label_id)
        return Response(status=204)
