"""The table of notes."""

from django.conf import settings
from django.db import models


class Note(models.Model):
    """A note of one user. A worker counts its words, so `word_count` is null at first."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notes", db_index=False
    )
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True, default="")
    word_count = models.PositiveIntegerField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        """The list of an owner's notes, the newest first, reads one index."""

        constraints = [
            models.CheckConstraint(condition=~models.Q(title=""), name="notes_note_title_given")
        ]
        indexes = [models.Index(fields=["owner", "-id"], name="notes_of_owner")]

    def __str__(self) -> str:
        return self.title
