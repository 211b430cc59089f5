"""The outbox's own tasks."""

from config.celery import app
from outbox import dead, delivery, relay


@app.task(name="outbox.tasks.deliver", ignore_result=True, kept_when_dead=False)
def deliver(message: int) -> str:
    """Do one message's work. A failure of the work is the message's, and kept with it."""
    return delivery.deliver(message)


@app.task(name="outbox.tasks.sweep", ignore_result=True, kept_when_dead=False)
def sweep() -> int:
    """Send all that is due."""
    return relay.sweep()


@app.task(name="outbox.tasks.purge", ignore_result=True, kept_when_dead=False)
def purge() -> int:
    """Drop what was done long ago. What is dead stays until a person has looked at it."""
    return dead.purge()
