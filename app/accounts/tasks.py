"""Mails, sent by a worker."""

from celery import shared_task

from accounts.email import messages
from core.celery.task import Task


# The retries outlast a mail server that is down for 15 minutes; each attempt may take 10 s a step.
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
    """Send one mail. A mail that is sent twice contains the same right, which can be used once."""
    return messages.send(about, email=email, name=name)
