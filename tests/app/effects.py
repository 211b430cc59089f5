"""Tasks whose effects can be counted; a worker of the tests includes this module."""

import os
import signal
import socket
import time

from accounts.models import User
from config.celery import app
from domains.notes.models import Note


def write_note(title: str) -> None:
    """A row that the tests count."""
    owner, _ = User.objects.get_or_create(email="effects@example.com")
    Note.objects.create(owner=owner, title=title)


@app.task(name="effects.write", ignore_result=True)
def write(*, text: str, seconds: float = 0.0) -> None:
    """A row, and then some work: whoever is killed in it must leave nothing."""
    write_note(text)
    time.sleep(seconds)


@app.task(name="effects.stay", ignore_result=True)
def stay(*, text: str) -> None:
    """It goes on, whoever asks it to end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    write.run(text=text, seconds=60)


@app.task(name="effects.fail", ignore_result=True, max_retries=0)
def fail(*, text: str) -> None:
    """It writes, and then does not succeed."""
    write_note(text)
    raise ValueError(f"no luck with {text}, password=hunter2")


@app.task(
    name="effects.unlucky",
    ignore_result=True,
    autoretry_for=(ValueError,),
    max_retries=2,
    retry_backoff=1,
    retry_backoff_max=1,
)
def unlucky(*, text: str) -> None:
    """The same, and it asks to be tried again twice."""
    fail.run(text=text)


@app.task(name="effects.brief", ignore_result=True, time_limit=2, soft_time_limit=1)
def brief(*, text: str) -> None:
    """It takes longer than it may."""
    write.run(text=text, seconds=60)


@app.task(name="effects.purge_all", ignore_result=True)
def purge_all(*, text: str) -> None:
    """It is routed to `bulk` by its name (CELERY_TASK_ROUTES)."""
    write.run(text=text)


@app.task(name="effects.declared", ignore_result=True, queue="bulk")
def declared(*, text: str) -> None:
    """It declares its queue itself."""
    write.run(text=text)


@app.task(name="effects.call", ignore_result=True, outbox_transaction=False)
def call(*, text: str, port: int) -> None:
    """It asks another server, which takes its time."""
    write_note(text)
    with socket.create_connection(("127.0.0.1", port), 30) as client:
        client.recv(1)


@app.task(name="effects.die", ignore_result=True, max_retries=1, default_retry_delay=0)
def die(*, text: str) -> None:
    """It takes its worker's process along, as the end of the memory does."""
    write_note(text)
    os.kill(os.getpid(), signal.SIGKILL)
