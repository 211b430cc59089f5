"""The addresses of tasks. What PostgreSQL has written as JSON goes out as it is."""

from functools import partial
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
from core.db.search_limits import SearchTooSlow
from domains.projects.access import Archived
from domains.tasks import examples, fields, services
from domains.tasks.bulk import bulk_input, change_many
from domains.tasks.inputs import checked
from domains.tasks.lists import shared_list
from domains.tasks.pages import Asked, page
from domains.tasks.selectors import Shown, task_detail
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

# "private": a shared cache must not keep it; "no-cache": the browser's own asks each time.
OWN: dict[str, Any] = {"Cache-Control": "private, no-cache"}


def answer(body: bytes, *, status: int = 200, **headers: Any) -> HttpResponse:
    """Finished JSON."""
    return HttpResponse(body, status=status, content_type="application/json", headers=headers)


def shown(task: Shown, *, status: int = 200, **headers: Any) -> HttpResponse:
    """A task with its tag."""
    return answer(task.body, status=status, **OWN, **headers, ETag=task.tag)


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
        address = request.build_absolute_uri(request.path)
        if not request.META.get("QUERY_STRING"):
            asked = Asked(project=project_id, address=address, given={})
            body = shared_list(current_user(request).pk, asked)
            return answer(body, **OWN)
        found = checked(request.query_params.dict(), fields=fields.QUERY)
        found.pop("format", None)
        asked = Asked(project=project_id, address=address, given=found)
        reader = current_user(request).pk
        if not asked.is_search:
            return answer(page(asked, reader=reader), **OWN)
        with limit_concurrency("search", account=reader):
            return answer(page(asked, reader=reader), **OWN)

    @extend_schema(
        operation_id="tasks_create",
        parameters=[KEY],
        request=TaskInput,
        responses={201: TaskOutput, **problems(400, 401, 403, 404, 409, Archived, 413, 422, 503)},
        examples=[examples.NEW_TASK, examples.TASK],
    )
    def post(self, request: Request, project_id: int) -> HttpResponse:
        """A new task with the project's next number. For editors."""
        given = checked(request.data, fields=fields.TASK, required=("title",))
        number, made = services.create_task(current_user(request).pk, project_id, given=given)
        place = request.build_absolute_uri(reverse("tasks:detail", args=[number]))
        return shown(made, status=201, Location=place)


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
        parts = bulk_input(request.data)
        return answer(change_many(current_user(request).pk, project_id, parts=parts))


class TaskApi(APIView):
    """One task."""

    @extend_schema(
        operation_id="tasks_detail",
        parameters=[IF_NONE_MATCH],
        responses={200: TaskOutput, 304: None, **problems(401, 404, 503)},
        examples=[examples.TASK],
    )
    def get(self, request: Request, task_id: int) -> HttpResponse:
        """The task with this number; its ETag is for If-Match and If-None-Match."""
        found = task_detail(current_user(request).pk, task_id)
        if is_not_modified(request, found.tag):
            return HttpResponse(status=304, headers={**OWN, "ETag": found.tag})
        return shown(found)

    @extend_schema(
        operation_id="tasks_change",
        parameters=[IF_MATCH],
        request=TaskPatch,
        responses={200: TaskOutput, **problems(400, 401, 403, 404, Archived, 412, 413, 428, 503)},
        examples=[examples.DONE, examples.TASK],
    )
    def patch(self, request: Request, task_id: int) -> HttpResponse:
        """Change what is given. For editors."""
        change = partial(services.change_task, current_user(request).pk, task_id)
        version = expected_version(request)
        return shown(change(version=version, changes=checked(request.data, fields=fields.TASK)))

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
