"""Mails, written and sent by a worker."""

from celery import shared_task

from accounts.email import messages
from core.celery.task import Task


# A mail server that is away for a quarter of an hour costs no mail; each try may take 10 s a step.
@shared_task(
    base=Task,
    name="accounts.tasks.write_mail",
    ignore_result=True,
    outbox_transaction=False,
    autoretry_for=(Exception,),
    max_retries=10,
    retry_backoff=5,
    retry_backoff_max=120,
)
def write_mail(*, about: str, email: str, name: str) -> str:
    """One mail. Sent twice, it holds the same right, which is good once."""
    return messages.write(about, email=email, name=name)
