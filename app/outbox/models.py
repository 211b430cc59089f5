"""What is to be done, and what became of it."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Message(models.Model):
    """One task that must not be lost. `key` names the work: the same key is done once.

    It waits until `done_at` or `dead_at` is set. `next_at` is when it is sent (again);
    `leased_until`, how long the worker that has it may take; `leased_by`, the process of
    PostgreSQL that serves it, since before `leased_at`. `request_id` is of who asked for it.
    """

    key = models.CharField(max_length=200, unique=True)
    task = models.CharField(max_length=200)
    queue = models.CharField(max_length=20, default="default")
    args = models.JSONField(default=dict)
    positional = models.JSONField(default=list)
    sends = models.PositiveIntegerField(default=0, db_default=0)
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    request_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    error = models.TextField(blank=True, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())
    next_at = models.DateTimeField(db_default=Now())
    leased_until = models.DateTimeField(null=True)
    leased_by = models.IntegerField(null=True)
    leased_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)

    class Meta:
        """What waits, is at work, is dead and may be purged are each found by an index."""

        indexes = [
            models.Index(
                fields=["next_at"],
                name="outbox_waiting",
                condition=Q(done_at__isnull=True, dead_at__isnull=True),
            ),
            models.Index(
                fields=["leased_until"],
                name="outbox_leased",
                condition=Q(leased_until__isnull=False),
            ),
            models.Index(
                fields=["dead_at"], name="outbox_dead", condition=Q(dead_at__isnull=False)
            ),
            models.Index(
                fields=["done_at"], name="outbox_done", condition=Q(done_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task} ({self.key})"
