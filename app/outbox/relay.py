"""Sends what waits, and sends it again until it is done: a broker may lose everything."""

from django.conf import settings
from django.db import connection, transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from config.celery_observe import HEADER
from outbox import leases

AWAY = (OperationalError, RedisError, OSError)
AT_A_TIME = 200
LONGEST = 3600  # seconds between two sends of the same message

DUE = """
SELECT id, queue, request_id FROM outbox_message
WHERE done_at IS NULL AND dead_at IS NULL AND next_at <= now()
ORDER BY next_at LIMIT %s
FOR UPDATE SKIP LOCKED
"""
# Each time twice as late: work that waits behind a long queue is not lost.
SENT = """
UPDATE outbox_message SET sends = sends + 1,
  next_at = now() + make_interval(secs => least(%s * 2 ^ least(sends, 20), %s))
WHERE id = ANY(%s)
"""


def publish(message: int, *, queue: str, request: str = "", retry: bool = True) -> None:
    """Hand one message to the broker; only its number travels, and the id of its `request` where
    that is not the one at hand.

    One for a queue that an earlier release had goes to the usual one: it must not stop the others.
    """
    from outbox.tasks import deliver

    known = queue if queue in settings.QUEUES else settings.CELERY_TASK_DEFAULT_QUEUE
    headers = {HEADER: request} if request else {}
    deliver.apply_async(
        args=(message,), queue=known, ignore_result=True, retry=retry, headers=headers
    )


def sweep() -> int:
    """Send all that is due; how many there were. Two sweeps at once share the work."""
    leases.free()
    total = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(DUE, [AT_A_TIME])
            rows = cursor.fetchall()
            for message, queue, request in rows:
                publish(message, queue=queue, request=request)
            sent = [row[0] for row in rows]
            cursor.execute(SENT, [settings.OUTBOX_RESEND, LONGEST, sent])
        total += len(rows)
        if len(rows) < AT_A_TIME:
            return total
