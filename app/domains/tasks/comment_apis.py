"""Endpoints of comments."""

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth.access import current_user
from core.api.error_schema import problems
from core.api.pagination import CursorPages
from domains.projects.access import Archived, row_for
from domains.tasks import comments, examples
from domains.tasks.models import Comment, Task
from domains.tasks.related_serializers import CommentInput, CommentOutput
from idempotency.apis import KEY, IdempotentMixin


class OldestFirst(CursorPages):
    """Pages in the order of creation."""

    ordering = "id"


class CommentListApi(IdempotentMixin, generics.GenericAPIView[Comment]):
    """The comments on a task, and a new one."""

    pagination_class = OldestFirst
    serializer_class = CommentInput

    def get_queryset(self) -> QuerySet[Comment]:
        """Those of the task in the path."""
        return comments.comments_of(self.kwargs["task_id"])

    @extend_schema(
        operation_id="tasks_comments",
        responses={200: CommentOutput(many=True), **problems(401, 404, 503)},
        examples=[examples.COMMENT],
    )
    def get(self, request: Request, task_id: int) -> Response:
        """One page of the comments, the oldest first."""
        row_for(current_user(request).pk, Task.objects.filter(pk=task_id), project="project")
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
        """Add a comment. For editors."""
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        comment = comments.create_comment(current_user(request).pk, task_id, **given.validated_data)
        url = request.build_absolute_uri(reverse("tasks:comment", args=[comment.pk]))
        return Response(CommentOutput(comment).data, status=201, headers={"Location": url})


class CommentApi(APIView):
    """One comment."""

    @extend_schema(
        operation_id="comments_detail",
        responses={200: CommentOutput, **problems(401, 404, 503)},
        examples=[examples.COMMENT],
    )
    def get(self, request: Request, comment_id: int) -> Response:
        """The comment with this id."""
        return Response(
            CommentOutput(comments.comment_for(current_user(request).pk, comment_id)).data
        )

    @extend_schema(
        operation_id="comments_change",
        request=CommentInput,
        responses={200: CommentOutput, **problems(400, 401, 403, 404, Archived, 413, 503)},
        examples=[examples.NEW_COMMENT, examples.COMMENT],
    )
    def patch(self, request: Request, comment_id: int) -> Response:
        """Change the text. For the editor who wrote it."""
        given = CommentInput(data=request.data)
        given.is_valid(raise_exception=True)
        comment = comments.change_comment(
            current_user(request).pk, comment_id, **given.validated_data
        )
        return Response(CommentOutput(comment).data)

    @extend_schema(
        operation_id="comments_delete",
        responses={204: None, **problems(401, 403, 404, Archived, 503)},
    )
    def delete(self, request: Request, comment_id: int) -> Response:
        """Delete it. For the editor who wrote it, and for owners."""
        comments.delete_comment(current_user(request).pk, comment_id)
        return Response(status=204)
