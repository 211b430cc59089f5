"""The rows that the table's requests are about."""

from functools import cached_property
from typing import Any

from rest_framework.test import APIClient

from accounts.auth.login.services import open_session
from domains.projects.models import Role
from factories import (
    AttachmentFactory,
    CommentFactory,
    LabelFactory,
    NoteFactory,
    ProjectFactory,
    TaskFactory,
    UserFactory,
    member,
)


class World:
    """One project with members of each role, and tasks with all that can hang on one.

    There is more than one of each thing that a list shows: a query for each row would be seen.
    What the editor wrote is `comment` and `attachment`, on `task`.
    """

    def __init__(self, *, public: bool) -> None:
        self.owner, self.editor, self.viewer = UserFactory.create_batch(3)
        self.stranger, self.staff = UserFactory(), UserFactory(is_staff=True)
        # The next task's number is above those that the factory gives out.
        self.project = ProjectFactory(owner=self.owner, is_public=public, last_task=1_000_000)
        member(self.project, self.editor, Role.EDITOR)
        member(self.project, self.viewer, Role.VIEWER)
        self.label, *others = LabelFactory.create_batch(3, project=self.project)
        self.task, *_ = TaskFactory.create_batch(
            4,
            project=self.project,
            author=self.editor,
            assignee=self.viewer,
            labelled=[self.label, *others],
        )
        ProjectFactory(owner=self.owner)

    @cached_property
    def comment(self) -> Any:
        """One of four."""
        return CommentFactory.create_batch(4, task=self.task, author=self.editor)[0]

    @cached_property
    def attachment(self) -> Any:
        """One of four."""
        return AttachmentFactory.create_batch(4, task=self.task, author=self.editor)[0]

    @cached_property
    def note(self) -> Any:
        """One of four of the viewer's."""
        return NoteFactory.create_batch(4, owner=self.viewer)[0]

    def client(self, caller: str) -> APIClient:
        """A client of the API that somebody is logged in with, by header."""
        client = APIClient()
        if caller != "anonymous":
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {self.pair(caller).access}")
        return client

    def pair(self, caller: str) -> Any:
        """The tokens of a new login."""
        return open_session(getattr(self, caller))
