"""The task of the round trip."""

from config.celery import app


@app.task(name="echo.tasks.echo")
def echo(text: str) -> str:
    """Give the text back."""
    return text
