"""Projects as the API's clients see them."""

from typing import Any

from rest_framework import serializers

from core.api.pagination import PageQuery
from core.api.strict_input import StrictSerializer
from domains.projects.models import Role

ORDERINGS = ("-updated_at", "updated_at")


class ProjectInput(StrictSerializer):
    """A new project. Without `slug`, the name becomes one."""

    name = serializers.CharField(max_length=120)
    slug = serializers.SlugField(max_length=60, required=False)
    description = serializers.CharField(max_length=5_000, allow_blank=True, default="")
    is_public = serializers.BooleanField(default=False)


class ProjectPatch(StrictSerializer):
    """What changes; all else stays."""

    name = serializers.CharField(max_length=120, required=False)
    slug = serializers.SlugField(max_length=60, required=False)
    description = serializers.CharField(max_length=5_000, allow_blank=True, required=False)
    is_public = serializers.BooleanField(required=False)
    archived = serializers.BooleanField(
        required=False, help_text="While it is true nothing in the project changes (409)."
    )


class ProjectOutput(serializers.Serializer[Any]):
    """A project, and the caller's role; null for the reader of a public one."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    slug = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    is_public = serializers.BooleanField()
    archived = serializers.BooleanField()
    owner = serializers.IntegerField(source="owner_id")
    role = serializers.ChoiceField(choices=Role.choices, allow_null=True)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ProjectQuery(PageQuery):
    """How the list is filtered and ordered."""

    archived = serializers.BooleanField(required=False)
    role = serializers.ChoiceField(choices=Role.choices, required=False)
    q = serializers.CharField(
        max_length=100, required=False, help_text="A part of the name or of the slug."
    )
    ordering = serializers.ChoiceField(choices=ORDERINGS, default=ORDERINGS[0])


class PublicProjectOutput(serializers.Serializer[Any]):
    """A public project. `summary` is how its description begins."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    slug = serializers.CharField()
    summary = serializers.CharField(allow_blank=True)
    updated_at = serializers.DateTimeField()


class MemberInput(StrictSerializer):
    """The role that an account gets, and for a new member the code that it gave you."""

    role = serializers.ChoiceField(choices=Role.choices)
    code = serializers.CharField(max_length=200, required=False)


class MemberCode(serializers.Serializer[Any]):
    """What an owner needs to add the caller; `expires_in` in seconds."""

    user = serializers.IntegerField()
    code = serializers.CharField()
    expires_in = serializers.IntegerField()


class MemberOutput(serializers.Serializer[Any]):
    """A user and their role. E-mail addresses are not shown."""

    user = serializers.IntegerField(source="user_id")
    name = serializers.CharField(allow_blank=True)
    role = serializers.ChoiceField(choices=Role.choices)
    created_at = serializers.DateTimeField()


class ActivityOutput(serializers.Serializer[Any]):
    """A recorded change. `actor` is null when the account was deleted."""

    id = serializers.IntegerField()
    actor = serializers.IntegerField(source="actor_id", allow_null=True)
    actor_name = serializers.CharField(source="actor__name", allow_null=True)
    verb = serializers.CharField()
    subject = serializers.CharField()
    subject_id = serializers.IntegerField()
    data = serializers.DictField()  # type: ignore[assignment]
    created_at = serializers.DateTimeField()


class AssigneeCount(serializers.Serializer[Any]):
    """How many tasks a user has; `user` is null for unassigned tasks."""

    user = serializers.IntegerField(allow_null=True)
    name = serializers.CharField(allow_null=True, allow_blank=True)
    tasks = serializers.IntegerField()
    overdue = serializers.IntegerField()


class ReportOutput(serializers.Serializer[Any]):
    """How a project stands. A task is overdue when its day is past (UTC) and it is not done."""

    total = serializers.IntegerField()
    overdue = serializers.IntegerField()
    by_status = serializers.DictField(child=serializers.IntegerField())
    by_priority = serializers.DictField(child=serializers.IntegerField())
    by_assignee = AssigneeCount(many=True)
