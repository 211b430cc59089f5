"""The end of old answers."""

from celery import shared_task

from core.celery.task import Task
from idempotency.keys import purge

AT_A_TIME = 5000
ROUNDS = 20  # a run ends well before the time limit; beat starts the next


@shared_task(
    base=Task, name="idempotency.tasks.purge_answers", ignore_result=True, kept_when_dead=False
)
def purge_answers() -> int:
    """Drop what has expired; how many there were."""
    gone = 0
    for _ in range(ROUNDS):
        dropped = purge(most=AT_A_TIME)
        gone += dropped
        if dropped < AT_A_TIME:
            break
    return gone
