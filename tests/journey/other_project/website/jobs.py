"""What Celery loads, under a name of this project's own."""

from celery import Celery
from django.conf import settings
from django.templatetags.static import static

crew = Celery("crew", broker=f"{settings.QUEUE}/0", backend=f"{settings.QUEUE}/1")
crew.conf.update(
    broker_connection_retry_on_startup=True,
    beat_schedule={"tick": {"task": "tick", "schedule": 60.0}},
)


@crew.task(name="shout")
def shout(words: str) -> str:
    """The words, louder: only their end, which the smoke check looks for, stays as it was."""
    return f"HEAR, HEAR: {words}"


@crew.task(name="style")
def style(name: str) -> str:
    """The address of a static file, whose name in /srv/static has a hash."""
    return static(name)


@crew.task(name="tick", ignore_result=True)
def tick() -> None:
    """A minute has passed."""
