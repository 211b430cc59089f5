"""The task of the round trip."""

from config.celery import app


# The only task whose result is kept (`task_ignore_result`), and for five minutes at most.
@app.task(name="echo.tasks.echo", ignore_result=False, expires=60)
def echo(text: str) -> str:
    """Give the text back."""
    return text
