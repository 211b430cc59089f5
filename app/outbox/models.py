"""The outbox: tasks to run, and their outcome."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Message(models.Model):
    """One task that must not be lost. A `key` is run once.

    A message waits until `done_at` or `dead_at` is set. `next_at` is when it is sent (again);
    `leased_until` ends its worker's lease; `leased_by` is the pid of the worker's PostgreSQL
    session, which began before `leased_at`; `request_id` is that of the request that enqueued it.
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
        """An index each for waiting, leased, dead and done messages."""

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
