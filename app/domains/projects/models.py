"""Projects, their members and their activity.

PostgreSQL deletes what belongs to a project (ON DELETE CASCADE, which a migration adds, hence
Django's DO_NOTHING): a delete is one statement, and no row slips in between.
"""

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Role(models.TextChoices):
    """What a member is, from the least to the most."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"


class Project(models.Model):
    """Where tasks live. `last_task` is the number that the newest task got."""

    role: str | None  # the caller's, where a selector adds it

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_projects"
    )
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, db_index=False)
    description = models.TextField(blank=True, default="")
    is_public = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1, db_default=1)
    last_task = models.PositiveIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        """A slug is unique for its owner: unique for all, it would reveal other users' projects."""

        constraints = [
            models.UniqueConstraint(fields=["owner", "slug"], name="projects_slug_per_owner"),
            models.CheckConstraint(condition=~Q(name=""), name="projects_name_given"),
        ]
        indexes = [
            models.Index(
                fields=["-updated_at", "-id"],
                name="projects_public",
                condition=Q(is_public=True, archived=False),
            )
        ]

    def __str__(self) -> str:
        return self.name


class ContentVersion(models.Model):
    """The version of what a project contains: its tasks and labels. Part of cache keys.

    Triggers give it a new value in each statement that changes a task or a label, by any client (a
    service, the admin, another release). The value is random: a counter would repeat a number after
    a failover that lost the last commits, and bring an old cached answer back.
    """

    project = models.OneToOneField(
        Project,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="+",
    )
    version = models.UUIDField(db_default=RandomUUID())

    def __str__(self) -> str:
        return f"{self.project_id}: {self.version}"


class Membership(models.Model):
    """One user's role in one project. The owner has one too."""

    name: str  # the user's, where a selector adds it

    project = models.ForeignKey(
        Project,
        on_delete=models.DO_NOTHING,
        related_name="memberships",
        db_constraint=False,
        db_index=False,
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=6, choices=Role)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        """One role for each person and project, and no other word than ours."""

        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="projects_one_role"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="projects_known_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.role} of {self.project_id}"


class Activity(models.Model):
    """One recorded change. Rows are only ever added, in the transaction of the change."""

    project = models.ForeignKey(
        Project,
        on_delete=models.DO_NOTHING,
        related_name="activities",
        db_constraint=False,
        db_index=False,
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    verb = models.CharField(max_length=20)
    subject = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    data = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        """Read by project, the newest first."""

        verbose_name_plural = "activities"
        indexes = [models.Index(fields=["project", "-id"], name="projects_activity_newest")]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject} {self.subject_id}"
