"""What reads notes."""

from django.db.models import QuerySet
from rest_framework.renderers import JSONRenderer

from core.cache.cached import Cached
from domains.notes.models import Note
from domains.notes.serializers import NoteOutput

RECENT_COUNT = 20
# Nothing but time ends it: with a note written every second, nobody would ever find it cached.
RECENT = Cached(name="notes", seconds=10)


def all_notes() -> QuerySet[Note]:
    """Every note, the newest first."""
    return Note.objects.order_by("-id")


def recent_notes() -> bytes:
    """The newest notes as JSON, up to 10 s old. Without the cache the database answers."""
    return RECENT.get_or_compute("recent", compute=_recent_from_database)


def _recent_from_database() -> bytes:
    fields = ("id", "title", "body", "created_at", "updated_at")
    rows = all_notes().values(*fields)[:RECENT_COUNT]
    return bytes(JSONRenderer().render(NoteOutput(rows, many=True).data))
