"""What a note is."""

from django.db import models


class Note(models.Model):
    """A title and a text."""

    title = models.CharField(max_length=200)
    body = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        """A title is never empty, whoever writes."""

        constraints = [
            models.CheckConstraint(condition=~models.Q(title=""), name="notes_note_title_given")
        ]

    def __str__(self) -> str:
        return self.title
