"""The addresses of what hangs on tasks: comments, and what is known of files."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth.access import current_user
from core.api.error_schema import problems
from core.api.pagination import CursorPages
from domains.projects.access import Archived
from domains.projects.models import Role
from domains.tasks import attachments, examples, fields
from domains.tasks.access import hanging_for, task_for
from domains.tasks.inputs import checked
from domains.tasks.models import Attachment, Comment
from domains.tasks.selectors import attachment_rows, attachments_of, comment_rows, comments_of
from domains.tasks.serializers import (
    AttachmentInput,
    AttachmentOutput,
    CommentInput,
    CommentOutput,
)
from idempotency.apis import KEY, IdempotentMixin

COMMENT, ATTACHMENT = "comment", "attachment"


class OldestFirst(CursorPages):
    """As it was said."""

    ordering = "id"


class CommentListApi(IdempotentMixin, generics.GenericAPIView[Comment]):
    """What is said of a task."""

    pagination_class = OldestFirst
    serializer_class = CommentOutput

    def get_queryset(self) -> QuerySet[Comment, dict[str, Any]]:  # type: ignore[override]
        """Of one task."""
        return comments_of(self.kwargs["task_id"])

    @extend_schema(
        operation_id="tasks_comments",
        responses={200: CommentOutput(many=True), **problems(401, 404, 503)},
        examples=[examples.COMMENT],
    )
    def get(self, request: Request, task_id: int) -> Response:
        """One page of the comments, the oldest first."""
        task_for(current_user(request).pk, task_id, at_least=Role.VIEWER)
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(CommentOutput(page, many=True).data)

    @extend_schema(
        operation_id="tasks_comments_create",
        parameters=[KEY],
        request=CommentInput,
        responses={
            201: CommentOutput,
            **problems(400, 401, 403, 404, 409, Archived, 413, 422, 503),
        },
        examples=[examples.NEW_COMMENT, examples.COMMENT],
    )
    def post(self, request: Request, task_id: int) -> Response:
        """Say something. For editors."""
        given = checked(request.data, fields=fields.COMMENT, required=fields.COMMENT)
        made = attachments.say(current_user(request).pk, task_id, body=given["body"])
        place = request.build_absolute_uri(reverse("tasks:comment", args=[made["id"]]))
        return Response(CommentOutput(made).data, status=201, headers={"Location": place})


class CommentApi(APIView):
    """One comment."""

    @extend_schema(
        operation_id="comments_detail",
        responses={200: CommentOutput, **problems(401, 404, 503)},
        examples=[examples.COMMENT],
    )
    def get(self, request: Request, comment_id: int) -> Response:
        """The comment with this number."""
        hanging_for(current_user(request).pk, comment_id, kind=COMMENT, at_least=Role.VIEWER)
        return Response(CommentOutput(one(comment_rows(), comment_id)).data)

    @extend_schema(
        operation_id="comments_change",
        request=CommentInput,
        responses={200: CommentOutput, **problems(400, 401, 403, 404, Archived, 413, 503)},
        examples=[examples.NEW_COMMENT, examples.COMMENT],
    )
    def patch(self, request: Request, comment_id: int) -> Response:
        """Another text. For the editor who wrote it."""
        found = hanging_for(
            current_user(request).pk, comment_id, kind=COMMENT, at_least=Role.EDITOR
        )
        if found.author != current_user(request).pk:
            raise PermissionDenied
        given = checked(request.data, fields=fields.COMMENT, required=fields.COMMENT)
        changed = attachments.edit_comment(
            current_user(request).pk, found.project, comment=comment_id, body=given["body"]
        )
        return Response(CommentOutput(changed).data)

    @extend_schema(
        operation_id="comments_delete",
        responses={204: None, **problems(401, 403, 404, Archived, 503)},
    )
    def delete(self, request: Request, comment_id: int) -> Response:
        """Take it away. For the editor who wrote it, and for owners."""
        found = hanging_for(
            current_user(request).pk, comment_id, kind=COMMENT, at_least=Role.EDITOR
        )
        return gone(request, found, kind=COMMENT, number=comment_id)


class AttachmentListApi(IdempotentMixin, generics.GenericAPIView[Attachment]):
    """The files of a task."""

    pagination_class = OldestFirst
    serializer_class = AttachmentOutput

    def get_queryset(self) -> QuerySet[Attachment, dict[str, Any]]:  # type: ignore[override]
        """Of one task."""
        return attachments_of(self.kwargs["task_id"])

    @extend_schema(
        operation_id="tasks_attachments",
        responses={200: AttachmentOutput(many=True), **problems(401, 404, 503)},
        examples=[examples.ATTACHMENT],
    )
    def get(self, request: Request, task_id: int) -> Response:
        """One page of what is known of the task's files, the oldest first."""
        task_for(current_user(request).pk, task_id, at_least=Role.VIEWER)
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
        """Name a file that is kept elsewhere; no file is taken here. For editors."""
        given = checked(request.data, fields=fields.ATTACHMENT, required=fields.ATTACHMENT)
        made = attachments.attach(current_user(request).pk, task_id, given=given)
        place = request.build_absolute_uri(reverse("tasks:attachment", args=[made["id"]]))
        return Response(AttachmentOutput(made).data, status=201, headers={"Location": place})


class AttachmentApi(APIView):
    """One file."""

    @extend_schema(
        operation_id="attachments_detail",
        responses={200: AttachmentOutput, **problems(401, 404, 503)},
        examples=[examples.ATTACHMENT],
    )
    def get(self, request: Request, attachment_id: int) -> Response:
        """What is known of the file."""
        hanging_for(current_user(request).pk, attachment_id, kind=ATTACHMENT, at_least=Role.VIEWER)
        return Response(AttachmentOutput(one(attachment_rows(), attachment_id)).data)

    @extend_schema(
        operation_id="attachments_delete",
        responses={204: None, **problems(401, 403, 404, Archived, 503)},
    )
    def delete(self, request: Request, attachment_id: int) -> Response:
        """Forget the file. For the editor who named it, and for owners."""
        found = hanging_for(
            current_user(request).pk, attachment_id, kind=ATTACHMENT, at_least=Role.EDITOR
        )
        return gone(request, found, kind=ATTACHMENT, number=attachment_id)


def one(rows: Any, number: int) -> dict[str, Any]:
    """The row with this number."""
    found: dict[str, Any] | None = rows.filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def gone(request: Request, found: Any, *, kind: str, number: int) -> Response:
    """Take it away, when who asks may."""
    if not found.may_go(by=current_user(request).pk):
        raise PermissionDenied
    attachments.remove(current_user(request).pk, found.project, kind=kind, number=number)
    return Response(status=204)
