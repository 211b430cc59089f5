"""What changes projects by other ways than the services: the admin, and an account's end.

The services write SQL of their own, which sends no signal: they tell their events themselves.
"""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from domains.projects.events import ACCESS, PUBLIC
from domains.projects.models import Membership, Project


@receiver([post_save, post_delete], sender=Membership)
def membership_changed(instance: Membership, **_: Any) -> None:
    """Somebody got, kept or lost a role."""
    ACCESS.happened(of=instance.project_id)


@receiver([post_save, post_delete], sender=Project)
def project_changed(instance: Project, **_: Any) -> None:
    """It may be public now, or no more."""
    ACCESS.happened(of=instance.pk)
    PUBLIC.happened()
