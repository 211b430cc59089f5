"""Endpoints of attachments."""

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth.access import current_user
from core.api.error_schema import problems
from domains.projects.access import Archived, row_for
from domains.tasks import attachments, examples
from domains.tasks.comment_apis import OldestFirst
from domains.tasks.models import Attachment, Task
from domains.tasks.related_serializers import AttachmentInput, AttachmentOutput
from idempotency.apis import KEY, IdempotentMixin


class AttachmentListApi(IdempotentMixin, generics.GenericAPIView[Attachment]):
    """The attachments of a task, and a new one."""

    pagination_class = OldestFirst
    serializer_class = AttachmentInput

    def get_queryset(self) -> QuerySet[Attachment]:
        """Those of the task in the path."""
        return attachments.attachments_of(self.kwargs["task_id"])

    @extend_schema(
        operation_id="tasks_attachments",
        responses={200: AttachmentOutput(many=True), **problems(401, 404, 503)},
        examples=[examples.ATTACHMENT],
    )
    def get(self, request: Request, task_id: int) -> Response:
        """One page of the task's attachments, the oldest first."""
        row_for(current_user(request).pk, Task.objects.filter(pk=task_id), project="project")
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(AttachmentOutput(page, many=True).data)

    @extend_schema(
        operation_id="tasks_attachments_create",
        parameters=[KEY],
        request=AttachmentInput,
        responses={
            201: AttachmentOutput,
            **problems(400, 401, 403, 404, 409, Archived, 413, 422, 503),
        },
        examples=[examples.NEW_ATTACHMENT, examples.ATTACHMENT],
    )
    def post(self, request: Request, task_id: int) -> Response:
        """Add a file that is kept elsewhere; no file is uploaded here. For editors."""
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        attachment = attachments.create_attachment(
            current_user(request).pk, task_id, fields=given.validated_data
        )
        url = request.build_absolute_uri(reverse("tasks:attachment", args=[attachment.pk]))
        return Response(AttachmentOutput(attachment).data, status=201, headers={"Location": url})


class AttachmentApi(APIView):
    """One attachment."""

    @extend_schema(
        operation_id="attachments_detail",
        responses={200: AttachmentOutput, **problems(401, 404, 503)},
        examples=[examples.ATTACHMENT],
    )
    def get(self, request: Request, attachment_id: int) -> Response:
        """The attachment with this id."""
        attachment = attachments.attachment_for(current_user(request).pk, attachment_id)
        return Response(AttachmentOutput(attachment).data)

    @extend_schema(
        operation_id="attachments_delete",
        responses={204: None, **problems(401, 403, 404, Archived, 503)},
    )
    def delete(self, request: Request, attachment_id: int) -> Response:
        """Delete it; the file itself stays where it is. For the editor who added it, and owners."""
        attachments.delete_attachment(current_user(request).pk, attachment_id)
        return Response(status=204)
