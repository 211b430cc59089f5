"""The outbox's own tasks."""

from celery import shared_task

from core.celery.task import Task
from outbox import dead, relay


@shared_task(base=Task, name="outbox.tasks.deliver", ignore_result=True, dead_letter=False)
def deliver(message: int) -> None:
    """Of the first release, which sent this task instead of the message's own: send that."""
    relay.publish_again(message)


@shared_task(base=Task, name="outbox.tasks.sweep", ignore_result=True, dead_letter=False)
def sweep() -> int:
    """Send all that is due."""
    return relay.sweep()


@shared_task(base=Task, name="outbox.tasks.purge", ignore_result=True, dead_letter=False)
def purge() -> int:
    """Delete old messages that are done. Dead ones stay until a person has dealt with them."""
    return dead.purge()
