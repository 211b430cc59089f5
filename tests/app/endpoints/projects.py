"""Projects, their members, labels and activity."""

from typing import Any

from endpoints.entry import ACCOUNTS, EDITORS, EVERYBODY, OK, OWNERS, VIEWERS, Call, Endpoint


def of_project(world):
    """The project's own addresses."""
    return {"project_id": world.project.pk}


def of_viewer(world):
    """The viewer as a member."""
    return {"project_id": world.project.pk, "user_id": world.viewer.pk}


def of_label(world):
    """One of its labels."""
    return {"label_id": world.label.pk}


def first(world):
    """The version that a row begins with."""
    return {"If-Match": '"1"'}


# A change of members reads all of them under the project's lock: one owner must remain.
FOUR: Any = {"most": 4, "because": "the lock, the members, the change, and its activity"}
# Who is a member may leave: the viewer's own role is the viewer's to give up.
LEAVERS = OWNERS | {"viewer": OK}
LEAVERS_OF_PUBLIC = LEAVERS | {"stranger": 403, "staff": 403}

PROJECTS_TABLE: list[Endpoint] = [
    Endpoint("projects:list", "GET", ACCOUNTS, call=Call(query="?page_size=1&archived=false")),
    Endpoint("projects:list", "POST", ACCOUNTS, 201, Call(body=lambda w: {"name": "New"})),
    Endpoint("projects:public", "GET", EVERYBODY),
    Endpoint("projects:detail", "GET", VIEWERS, call=Call(args=of_project)),
    Endpoint(
        "projects:detail",
        "PATCH",
        OWNERS,
        call=Call(args=of_project, body=lambda w: {"name": "New"}, headers=first),
    ),
    Endpoint("projects:detail", "DELETE", OWNERS, 204, Call(args=of_project, headers=first)),
    Endpoint("projects:members", "GET", VIEWERS, call=Call(args=of_project)),
    Endpoint(
        "projects:member",
        "PUT",
        OWNERS,
        call=Call(args=of_viewer, body=lambda w: {"role": "editor"}),
        **FOUR,
    ),
    Endpoint(
        "projects:member",
        "DELETE",
        LEAVERS,
        204,
        Call(args=of_viewer),
        in_public=LEAVERS_OF_PUBLIC,
        **FOUR,
    ),
    Endpoint("projects:member-code", "GET", ACCOUNTS),
    Endpoint("tasks:labels", "GET", VIEWERS, call=Call(args=of_project)),
    Endpoint(
        "tasks:labels",
        "POST",
        EDITORS,
        201,
        Call(args=of_project, body=lambda w: {"name": "new"}),
    ),
    Endpoint("tasks:label", "GET", VIEWERS, call=Call(args=of_label)),
    Endpoint(
        "tasks:label",
        "PATCH",
        EDITORS,
        call=Call(args=of_label, body=lambda w: {"name": "new", "color": "#123456"}),
    ),
    Endpoint("tasks:label", "DELETE", EDITORS, 204, Call(args=of_label)),
    Endpoint("projects:activity", "GET", VIEWERS, call=Call(args=of_project)),
    Endpoint("tasks:report", "GET", VIEWERS, call=Call(args=of_project)),
]
