"""Mails, written and sent by a worker."""

from smtplib import SMTPException

from accounts import mails
from config.celery import app


@app.task(
    name="accounts.tasks.write_mail",
    autoretry_for=(SMTPException, OSError),
    max_retries=5,
    retry_backoff=5,
    retry_backoff_max=120,
    ignore_result=True,
)
def write_mail(*, about: str, email: str, name: str) -> str:
    """One mail. Sent twice, it holds the same right, which is good once."""
    return mails.write(about, email=email, name=name)
