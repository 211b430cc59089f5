"""The task of the round trip."""

from celery import shared_task

from core.celery.task import Task


# The only task whose result is stored (`task_ignore_result`), for at most five minutes.
@shared_task(base=Task, name="echo.tasks.echo", ignore_result=False, expires=60)
def echo(text: str) -> str:
    """Return the text."""
    return text
