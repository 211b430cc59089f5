"""Tasks, labels, comments and attachments. PostgreSQL cascades deletes (`projects.models`)."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Now

from domains.projects.models import Project

NO_DUE_DATE = date(9999, 12, 31)  # sorts after every real one


class Status(models.TextChoices):
    """How far a task is."""

    OPEN = "open"
    DOING = "doing"
    DONE = "done"


class Priority(models.IntegerChoices):
    """How much a task matters; the greater the more."""

    LOW = 0
    NORMAL = 1
    HIGH = 2
    URGENT = 3


class Label(models.Model):
    """A word that a project's tasks can carry."""

    project = models.ForeignKey(
        Project,
        on_delete=models.DO_NOTHING,
        related_name="labels",
        db_constraint=False,
        db_index=False,
    )
    name = models.CharField(max_length=40)
    color = models.CharField(max_length=7, default="#808080", help_text="As #rrggbb.")

    class Meta:
        """A word is there once in a project."""

        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="tasks_label_once"),
            models.CheckConstraint(
                condition=Q(color__regex=r"^#[0-9a-f]{6}$"), name="tasks_label_color"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Task(models.Model):
    """One piece of work. `number` counts within the project; `version` grows with each change."""

    project = models.ForeignKey(
        Project,
        on_delete=models.DO_NOTHING,
        related_name="tasks",
        db_constraint=False,
        db_index=False,
    )
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    status = models.CharField(max_length=5, choices=Status, default=Status.OPEN)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_tasks",
        db_index=False,
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    due = models.DateField(null=True, blank=True)
    labels: "models.ManyToManyField[Label, Any]" = models.ManyToManyField(
        Label, through="TaskLabel", related_name="tasks"
    )
    version = models.PositiveIntegerField(default=1, db_default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    search = models.GeneratedField(
        expression=SearchVector("title", weight="A", config="english")
        + SearchVector("description", weight="B", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        """Each order that a list offers has its index; every index begins with the project."""

        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="tasks_number_once"),
            models.CheckConstraint(condition=~Q(title=""), name="tasks_title_given"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="tasks_status"),
            models.CheckConstraint(
                condition=Q(priority__in=Priority.values), name="tasks_priority"
            ),
        ]
        indexes = [
            models.Index(fields=["project", "id"], name="tasks_by_created"),
            models.Index(fields=["project", "updated_at", "id"], name="tasks_by_updated"),
            models.Index(fields=["project", "priority", "id"], name="tasks_by_priority"),
            models.Index("project", Coalesce("due", Value(NO_DUE_DATE)), "id", name="tasks_by_due"),
            models.Index(
                fields=["assignee", "id"],
                name="tasks_by_assignee",
                condition=Q(assignee__isnull=False),
            ),
            # With the project: how much others have written does not slow a search down.
            GinIndex(fields=["project", "search"], name="tasks_words"),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.title}"


class TaskLabel(models.Model):
    """A label on a task."""

    pk = models.CompositePrimaryKey("task_id", "label_id")
    task = models.ForeignKey(Task, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    label = models.ForeignKey(Label, on_delete=models.DO_NOTHING, db_constraint=False)


class Comment(models.Model):
    """A comment on a task."""

    task = models.ForeignKey(
        Task,
        on_delete=models.DO_NOTHING,
        related_name="comments",
        db_constraint=False,
        db_index=False,
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    body = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    edited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Read by task, the oldest first."""

        constraints = [models.CheckConstraint(condition=~Q(body=""), name="tasks_comment_given")]
        indexes = [models.Index(fields=["task", "id"], name="tasks_comments_of")]

    def __str__(self) -> str:
        return self.body[:60]


class Attachment(models.Model):
    """The name and checksum of a file of a task. The service stores no file."""

    task = models.ForeignKey(
        Task,
        on_delete=models.DO_NOTHING,
        related_name="attachments",
        db_constraint=False,
        db_index=False,
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    name = models.CharField(max_length=255)
    size = models.BigIntegerField(help_text="In bytes.")
    content_type = models.CharField(max_length=127)
    checksum = models.CharField(max_length=64, help_text="SHA-256, in hexadecimal.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        """Read by task, the oldest first; a task has each file once."""

        constraints = [
            models.UniqueConstraint(fields=["task", "checksum"], name="tasks_attachment_once"),
            models.CheckConstraint(condition=Q(size__gte=0), name="tasks_attachment_size"),
            models.CheckConstraint(
                condition=Q(checksum__regex=r"^[0-9a-f]{64}$"), name="tasks_attachment_checksum"
            ),
        ]
        indexes = [models.Index(fields=["task", "id"], name="tasks_attachments_of")]

    def __str__(self) -> str:
        return self.name
