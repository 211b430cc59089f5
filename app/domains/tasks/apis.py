"""Endpoints of tasks. The JSON that PostgreSQL writes is sent as it is."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.auth.access import current_user
from core.api.concurrency import limit_concurrency
from core.api.error_schema import problems
from core.api.etags import (
    IF_MATCH,
    IF_NONE_MATCH,
    OPTIONAL_IF_MATCH,
    expected_version,
    is_not_modified,
)
from core.api.pagination import checked_query
from core.db.search_limits import SearchTooSlow
from domains.projects.access import Archived
from domains.tasks import examples, services
from domains.tasks.bulk import change_many, checked_changes
from domains.tasks.lists import shared_list
from domains.tasks.pages import PageRequest, page
from domains.tasks.selectors import TaskJson, task_detail
from domains.tasks.serializers import (
    BulkInput,
    BulkOutput,
    TaskInput,
    TaskOutput,
    TaskPage,
    TaskPatch,
    TaskQuery,
)
from idempotency.apis import KEY, IdempotentMixin

# "private": no shared cache may store it; "no-cache": the browser must revalidate it.
PRIVATE: dict[str, Any] = {"Cache-Control": "private, no-cache"}


def json_response(body: bytes, *, status: int = 200, **headers: Any) -> HttpResponse:
    """A response with finished JSON."""
    return HttpResponse(body, status=status, content_type="application/json", headers=headers)


def task_response(task: TaskJson, *, status: int = 200, **headers: Any) -> HttpResponse:
    """A task with its ETag."""
    return json_response(task.body, status=status, **PRIVATE, **headers, ETag=task.etag)


class TaskListApi(IdempotentMixin, APIView):
    """The tasks of a project, and a new one."""

    @extend_schema(
        operation_id="tasks_list",
        parameters=[TaskQuery],
        responses={200: TaskPage, **problems(400, 401, 404, 429, 503, SearchTooSlow)},
        examples=[examples.PAGE],
    )
    def get(self, request: Request, project_id: int) -> HttpResponse:
        """One page of the project's tasks. Without a query it is shared by all its readers."""
        url, user_id = request.build_absolute_uri(request.path), current_user(request).pk
        if not request.META.get("QUERY_STRING"):
            first = PageRequest(project=project_id, url=url, query={})
            return json_response(shared_list(user_id, first), **PRIVATE)
        checked = checked_query(request, TaskQuery)
        query = {name: checked[name] for name in request.query_params if name in checked}
        wanted = PageRequest(project=project_id, url=url, query=query)
        if not wanted.is_search:
            return json_response(page(wanted, reader=user_id), **PRIVATE)
        with limit_concurrency("search", account=user_id):
            return json_response(page(wanted, reader=user_id), **PRIVATE)

    @extend_schema(
        operation_id="tasks_create",
        parameters=[KEY],
        request=TaskInput,
        responses={201: TaskOutput, **problems(400, 401, 403, 404, 409, Archived, 413, 422, 503)},
        examples=[examples.NEW_TASK, examples.TASK],
    )
    def post(self, request: Request, project_id: int) -> HttpResponse:
        """A new task with the project's next number. For editors."""
        given = TaskInput(data=request.data)
        given.is_valid(raise_exception=True)
        task_id, task = services.create_task(
            current_user(request).pk, project_id, fields=given.validated_data
        )
        url = request.build_absolute_uri(reverse("tasks:detail", args=[task_id]))
        return task_response(task, status=201, Location=url)


class TaskBulkApi(IdempotentMixin, APIView):
    """Many changes at once."""

    @extend_schema(
        operation_id="tasks_bulk",
        parameters=[KEY],
        request=BulkInput,
        responses={
            200: BulkOutput,
            **problems(400, 401, 403, 404, 409, Archived, 412, 413, 422, 503),
        },
        examples=[examples.MANY, examples.MANY_DONE],
    )
    def post(self, request: Request, project_id: int) -> HttpResponse:
        """Create, change and delete up to 100 tasks: all of it, or nothing. For editors."""
        changes = checked_changes(request.data)
        return json_response(change_many(current_user(request).pk, project_id, changes=changes))


class TaskApi(APIView):
    """One task."""

    @extend_schema(
        operation_id="tasks_detail",
        parameters=[IF_NONE_MATCH],
        responses={200: TaskOutput, 304: None, **problems(401, 404, 503)},
        examples=[examples.TASK],
    )
    def get(self, request: Request, task_id: int) -> HttpResponse:
        """The task with this id; its ETag is for If-Match and If-None-Match."""
        task = task_detail(current_user(request).pk, task_id)
        if is_not_modified(request, task.etag):
            return HttpResponse(status=304, headers={**PRIVATE, "ETag": task.etag})
        return task_response(task)

    @extend_schema(
        operation_id="tasks_change",
        parameters=[IF_MATCH],
        request=TaskPatch,
        responses={200: TaskOutput, **problems(400, 401, 403, 404, Archived, 412, 413, 428, 503)},
        examples=[examples.DONE, examples.TASK],
    )
    def patch(self, request: Request, task_id: int) -> HttpResponse:
        """Change what is given. For editors."""
        version = expected_version(request)
        given = TaskPatch(data=request.data)
        given.is_valid(raise_exception=True)
        task = services.change_task(
            current_user(request).pk, task_id, version=version, changes=given.validated_data
        )
        return task_response(task)

    @extend_schema(
        operation_id="tasks_delete",
        parameters=[OPTIONAL_IF_MATCH],
        responses={204: None, **problems(401, 403, 404, Archived, 412, 428, 503)},
    )
    def delete(self, request: Request, task_id: int) -> HttpResponse:
        """Delete it with its comments. For editors; with If-Match only that version."""
        version = expected_version(request) if "If-Match" in request.headers else None
        services.delete_task(current_user(request).pk, task_id, version=version)
        return HttpResponse(status=204)
