"""Tasks, and what hangs on them."""

from endpoints.entry import AUTHORS, EDITORS, VIEWERS, Call, Endpoint


def of_project(world):
    """The project's own addresses."""
    return {"project_id": world.project.pk}


def of_task(world):
    """One of its tasks."""
    return {"task_id": world.task.pk}


def of_comment(world):
    """A comment of the editor's."""
    return {"comment_id": world.comment.pk}


def of_attachment(world):
    """A file of the editor's."""
    return {"attachment_id": world.attachment.pk}


def first(world):
    """The version that a row begins with."""
    return {"If-Match": '"1"'}


def file(world):
    """What is known of a new file."""
    return {"name": "a.pdf", "size": 1, "content_type": "application/pdf", "checksum": "a" * 64}


def new_task(world):
    """All that a new task may say."""
    given = {"title": "New", "description": "Now", "status": "doing", "priority": 3}
    given |= {"assignee": world.viewer.pk, "due": "2026-12-01", "labels": [world.label.pk]}
    return given


def many(world):
    """One change of each kind."""
    other = world.project.tasks.exclude(pk=world.task.pk).first()
    change = {"id": world.task.pk, "version": 1, "status": "done", "labels": []}
    return {"create": [new_task(world)], "update": [change], "delete": [other.pk]}


SAID = Call(args=of_task, body=lambda w: {"body": "Well"})
EDITED = Call(args=of_comment, body=lambda w: {"body": "Better"})
TASKS_TABLE: list[Endpoint] = [
    Endpoint("tasks:list", "GET", VIEWERS, call=Call(args=of_project, query="?page_size=2")),
    Endpoint("tasks:list", "POST", EDITORS, 201, Call(args=of_project, body=new_task)),
    Endpoint("tasks:bulk", "POST", EDITORS, 200, Call(args=of_project, body=many)),
    Endpoint("tasks:detail", "GET", VIEWERS, call=Call(args=of_task)),
    Endpoint(
        "tasks:detail",
        "PATCH",
        EDITORS,
        call=Call(args=of_task, body=lambda w: {"title": "Other", "labels": []}, headers=first),
    ),
    Endpoint("tasks:detail", "DELETE", EDITORS, 204, Call(args=of_task, headers=first)),
    Endpoint("tasks:comments", "GET", VIEWERS, call=Call(args=of_task)),
    Endpoint("tasks:comments", "POST", EDITORS, 201, SAID),
    Endpoint("tasks:comment", "GET", VIEWERS, call=Call(args=of_comment)),
    Endpoint("tasks:comment", "PATCH", AUTHORS, call=EDITED),
    Endpoint("tasks:comment", "DELETE", EDITORS, 204, Call(args=of_comment)),
    Endpoint("tasks:attachments", "GET", VIEWERS, call=Call(args=of_task)),
    Endpoint("tasks:attachments", "POST", EDITORS, 201, Call(args=of_task, body=file)),
    Endpoint("tasks:attachment", "GET", VIEWERS, call=Call(args=of_attachment)),
    Endpoint("tasks:attachment", "DELETE", EDITORS, 204, Call(args=of_attachment)),
]
