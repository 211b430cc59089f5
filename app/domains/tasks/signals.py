"""End cached lists of tasks after a change by another way than the services: the admin, say."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from domains.projects.events import TASKS
from domains.tasks.models import Label, Task


@receiver([post_save, post_delete], sender=Task)
@receiver([post_save, post_delete], sender=Label)
def tasks_changed(instance: Task | Label, **_: Any) -> None:
    """What a list of tasks shows."""
    TASKS.happened(of=instance.project_id)
