"""The responses that are stored for a while, to be replayed."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Answer(models.Model):
    """The response to one request with an Idempotency-Key; empty while it is in progress."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(default="", blank=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        """A key belongs to one user; `expires_at` finds the rows to purge."""

        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["expires_at"], name="idempotency_expired")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.key}"
