"""The labels of a project: list, create, change, delete. Tasks carry them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery

from domains.projects.access import locked_row_for, row_for
from domains.projects.activity import create_with_activity, record_activity, unique_or_invalid
from domains.projects.models import Project
from domains.tasks.models import Label

MAX_LABELS = 100
NAME_TAKEN = {"name": ["The project has a label of this name."]}
TOO_MANY = {"name": [f"A project has {MAX_LABELS} labels at most."]}
COUNT = Label.objects.filter(project=OuterRef("pk")).values("project").annotate(count=Count("pk"))


def labels_of(project_id: int) -> QuerySet[Label]:
    """A project's labels, by name."""
    return Label.objects.filter(project_id=project_id).order_by("name")


def label_for(user_id: int, label_id: int) -> Label:
    """A label, for a user who may read its project."""
    return row_for(user_id, Label.objects.filter(pk=label_id), project="project")[0]


def create_label(actor: int, project_id: int, *, name: str, color: str) -> Label:
    """A new label. Raises ValidationError for a name that is taken, and for too many labels."""
    rows: QuerySet[Any] = Project.objects.filter(pk=project_id).annotate(
        label_count=Subquery(COUNT.values("count"))
    )
    with unique_or_invalid(NAME_TAKEN):
        project, _ = locked_row_for(actor, rows, project="")
        if (project.label_count or 0) >= MAX_LABELS:
            raise ValidationError(TOO_MANY)
        label = Label(project_id=project_id, name=name, color=color)
        return create_with_activity(
            label, actor_id=actor, project_id=project_id, data={"name": name}
        )


def change_label(actor: int, label_id: int, *, changes: dict[str, str]) -> Label:
    """Change the given fields. Raises ValidationError for a name that is taken."""
    with unique_or_invalid(NAME_TAKEN):
        label = _locked(actor, label_id)
        for name, value in changes.items():
            setattr(label, name, value)
        label.save(update_fields=list(changes))
        _record(actor, label, verb="changed")
    return label


def delete_label(actor: int, label_id: int) -> None:
    """Delete it; the tasks that carry it lose it."""
    with transaction.atomic():
        label = _locked(actor, label_id)
        _record(actor, label, verb="deleted")
        label.delete()


def _locked(actor: int, label_id: int) -> Label:
    return locked_row_for(actor, Label.objects.filter(pk=label_id), project="project")[0]


def _record(actor: int, label: Label, *, verb: str) -> None:
    record_activity(
        actor,
        label.project_id,
        verb=verb,
        subject="label",
        subject_id=label.pk,
        data={"name": label.name},
    )
