"""Mails, written and sent by a worker."""

from accounts import mails
from config.celery import app


@app.task(name="accounts.tasks.write_mail", ignore_result=True)
def write_mail(*, about: str, email: str, name: str) -> str:
    """One mail. Sent twice, it holds the same right, which is good once."""
    return mails.write(about, email=email, name=name)
