"""Real workers for the tests, work for them, and what came of it."""

from collections import Counter
from contextlib import contextmanager

from django.db import transaction
from django.db.models.functions import Now

import effects  # noqa: F401 (the tests know its tasks as the worker does)
from config.celery import app
from core.celery.health import WORKER
from core.celery.task import OUTBOX
from domains.notes.models import Note
from outbox import relay
from outbox.models import Message
from outbox.services import enqueue
from processes import process, until

# A worker that is lost must be missed soon enough for a test.
QUICK = {"OUTBOX_RESEND": "1", "OUTBOX_LEASE": "2", "QUEUE_VISIBILITY": "4"}
CELERY = ["celery", "-A", "config.celery:app", "--workdir", "/srv/app"]


@contextmanager
def worker(*, name="one", concurrency=2, log=None, **values):
    """A worker that takes tasks, with those of `effects`."""
    WORKER.unlink(missing_ok=True)
    words = ["worker", "-I", "effects", "-n", name, "--concurrency", str(concurrency)]
    given = {**QUICK, "APP_WORKER_METRICS_PORT": "0", "APP_LOG_LEVEL": "WARNING", **values}
    with process(*CELERY, *words, log=log, **given) as started:
        until(lambda: WORKER.exists() or started.poll() is not None, what="the worker takes tasks")
        assert started.poll() is None, "the worker ended at once"
        yield started


def put(*texts, seconds=0.0):
    """Work in the outbox: a row for each text."""
    for text in texts:
        with transaction.atomic():
            enqueue("effects.write", args={"text": text, "seconds": seconds}, key=text)


def counted():
    """How often each text was written."""
    return Counter(Note.objects.values_list("title", flat=True))


def all_done():
    """Sends what is due, as beat has it done, and says whether nothing waits."""
    relay.sweep()
    return not Message.objects.filter(done_at=None, dead_at=None).exists()


def given(text="work", *, task="effects.write", key=None, **more):
    """One message of the outbox."""
    with transaction.atomic():
        enqueue(task, args={"text": text, **more}, key=key or f"key:{text}")
    return Message.objects.latest("id")


CAME = {"SUCCESS": "done", "RETRY": "failed", "FAILURE": "dead", "IGNORED": "nothing to do"}


def deliver(message):
    """Run the task of one message here, as a worker does, and say what came of it."""
    row = Message.objects.get(pk=message)
    task = app.tasks[row.task]
    sent = {"headers": {OUTBOX: message}, "task_id": f"outbox-{message}-here"}
    done = task.apply(retries=min(row.attempts, task.max_retries), **sent)
    return CAME[done.state]


def due_now():
    """What waits may be sent at once."""
    Message.objects.update(next_at=Now())
