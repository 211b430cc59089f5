"""Deletes expired responses."""

from celery import shared_task

from core.celery.task import Task
from idempotency.keys import purge

BATCH_SIZE = 5000
MAX_BATCHES = 20  # a run ends well before the time limit; beat starts the next one


@shared_task(
    base=Task, name="idempotency.tasks.purge_answers", ignore_result=True, dead_letter=False
)
def purge_answers() -> int:
    """Delete the expired responses; return how many there were."""
    total = 0
    for _ in range(MAX_BATCHES):
        deleted = purge(limit=BATCH_SIZE)
        total += deleted
        if deleted < BATCH_SIZE:
            break
    return total
