"""Dead messages, which a person retries or deletes; and the purge of those that are done."""

from collections.abc import Sequence

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from outbox.models import Message

BATCH_SIZE = 5000
MAX_BATCHES = 20  # a run ends well before the time limit; beat starts the next
PURGE = """
DELETE FROM outbox_message WHERE id IN (
  SELECT id FROM outbox_message WHERE done_at < now() - make_interval(days => %s) LIMIT %s
)
"""


def dead_messages() -> QuerySet[Message]:
    """Return the dead messages, newest first."""
    return Message.objects.filter(dead_at__isnull=False).order_by("-dead_at", "-id")


def retry(ids: Sequence[int]) -> int:
    """Retry these from the start; return how many there were."""
    return dead_messages().filter(pk__in=ids).update(dead_at=None, attempts=0, next_at=Now())


def drop(ids: Sequence[int]) -> int:
    """Delete these; return how many there were."""
    return dead_messages().filter(pk__in=ids).delete()[0]


def purge() -> int:
    """Delete what was done more than OUTBOX_RETENTION_DAYS ago; return how many there were."""
    total = 0
    for _ in range(MAX_BATCHES):
        with connection.cursor() as cursor:
            cursor.execute(PURGE, [settings.OUTBOX_RETENTION_DAYS, BATCH_SIZE])
            deleted = cursor.rowcount
        total += deleted
        if deleted < BATCH_SIZE:
            break
    return total
