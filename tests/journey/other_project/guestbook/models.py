"""What the guestbook keeps."""

from django.db import models


class Entry(models.Model):
    """A line that somebody left."""

    words = models.TextField()
