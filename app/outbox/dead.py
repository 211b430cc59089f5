"""What was given up, for a person to look at; and the end of what is done."""

from collections.abc import Sequence

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from outbox.models import Message

AT_A_TIME = 5000
ROUNDS = 20  # a run ends well before the time limit; beat starts the next
PURGE = """
DELETE FROM outbox_message WHERE id IN (
  SELECT id FROM outbox_message WHERE done_at < now() - make_interval(days => %s) LIMIT %s
)
"""


def dead_messages() -> QuerySet[Message]:
    """All that was given up, the newest first."""
    return Message.objects.filter(dead_at__isnull=False).order_by("-dead_at", "-id")


def retry(ids: Sequence[int]) -> int:
    """Try these again, as if for the first time; how many there were."""
    return dead_messages().filter(pk__in=ids).update(dead_at=None, attempts=0, next_at=Now())


def drop(ids: Sequence[int]) -> int:
    """Forget these; how many there were."""
    return dead_messages().filter(pk__in=ids).delete()[0]


def purge() -> int:
    """Drop what was done more than OUTBOX_RETENTION_DAYS days ago; how many there were."""
    gone = 0
    for _ in range(ROUNDS):
        with connection.cursor() as cursor:
            cursor.execute(PURGE, [settings.OUTBOX_RETENTION_DAYS, AT_A_TIME])
            dropped = cursor.rowcount
        gone += dropped
        if dropped < AT_A_TIME:
            break
    return gone
