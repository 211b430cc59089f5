"""The task of the round trip."""

from celery import shared_task

from core.celery.task import Task


# The only task whose result is kept (`task_ignore_result`), and for five minutes at most.
@shared_task(base=Task, name="echo.tasks.echo", ignore_result=False, expires=60)
def echo(text: str) -> str:
    """Give the text back."""
    return text
