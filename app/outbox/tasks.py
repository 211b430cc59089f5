"""The outbox's own tasks."""

from celery import shared_task

from core.celery.task import Task
from outbox import dead, relay


@shared_task(base=Task, name="outbox.tasks.deliver", ignore_result=True, dead_letter=False)
def deliver(message: int) -> None:
    """Of the first release, which sent this task in place of the message's own: send that one."""
    relay.publish_again(message)


@shared_task(base=Task, name="outbox.tasks.sweep", ignore_result=True, dead_letter=False)
def sweep() -> int:
    """Send all that is due."""
    return relay.sweep()


@shared_task(base=Task, name="outbox.tasks.purge", ignore_result=True, dead_letter=False)
def purge() -> int:
    """Drop what was done long ago. What is dead stays until a person has looked at it."""
    return dead.purge()
