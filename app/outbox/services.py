"""Enqueues tasks in the outbox, in the transaction of the change that they follow."""

import json
from difflib import get_close_matches
from functools import partial
from inspect import signature
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from core.celery.task import Task, declared_options
from core.db.statements import fetch_one
from core.observability.log_format import request_id
from core.resilience import BROKER_ERRORS, CircuitBreaker
from outbox import relay

# Twice as long as one attempt at a frozen broker takes.
breaker = CircuitBreaker(
    "not sent yet", logger="service.outbox", seconds=10.0, errors=BROKER_ERRORS
)

# A message is sent right after the commit. If that fails, or the process ends just then, the sweep
# sends it at `next_at`.
ENQUEUE = """
INSERT INTO outbox_message (key, task, queue, args, positional, request_id, next_at)
VALUES (%(key)s, %(task)s, %(queue)s, %(args)s, '[]', %(request)s,
  now() + make_interval(secs => %(resend)s))
ON CONFLICT (key) DO NOTHING
RETURNING id
"""


def enqueue(task_name: str, *, args: dict[str, Any], key: str, queue: str = "") -> None:
    """Run a Celery task if, and only if, this transaction commits.

    `task_name` is the task's name, `args` its named arguments (JSON, and no secrets: they are
    stored). `queue` is by default the one that the task declares or is routed to. The task's own
    retries and limits apply.

    A `key` that is in the outbox is not enqueued again. The task runs in a transaction that also
    marks the message as done, so that its changes in PostgreSQL happen exactly once. A task with
    `outbox_transaction=False` (one that sends mail) runs in none, and may run twice after a crash:
    `delivery.current_message_key` lets it detect that.

    Raises TransactionManagementError outside of a transaction; ValueError for a task, an argument
    or a queue that does not exist.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("outbox: call enqueue in the transaction of the change")
    queue = checked_queue(checked_task(task_name, args=args), queue=queue)
    values: dict[str, Any] = {
        "key": key,
        "task": task_name,
        "queue": queue,
        "args": json.dumps(args),
    }
    values |= {"request": request_id.get()[:64], "resend": settings.OUTBOX_RESEND}
    row = fetch_one(ENQUEUE, values)
    if row is not None:
        transaction.on_commit(partial(_send_now, row[0], task=task_name, queue=queue))


def checked_task(name: str, *, args: dict[str, Any]) -> Task:
    """Return the task. Raises ValueError for an unknown name, or arguments that do not fit."""
    if name not in current_app.tasks:  # a web process has not loaded every module of tasks yet
        current_app.loader.import_default_modules()
    if name not in current_app.tasks:
        like = get_close_matches(name, current_app.tasks, n=1)
        hint = f"; did you mean {like[0]!r}?" if like else ""
        raise ValueError(f"outbox: there is no Celery task {name!r}{hint}")
    task: Any = current_app.tasks[name]
    try:
        signature(task.run).bind(**args)
    except TypeError as error:
        raise ValueError(f"outbox: arguments of task {name!r}: {error}") from None
    found: Task = task
    return found


def checked_queue(task: Task, *, queue: str) -> str:
    """Return the named queue, or the task's own. Raises ValueError for one without a worker."""
    if not queue:
        router: Any = current_app.amqp.router
        route = router.route(declared_options(task), task.name, (), {}, task)
        queue = getattr(route["queue"], "name", route["queue"])
    if queue not in settings.QUEUES:
        raise ValueError(f"outbox: there is no queue {queue!r}: {', '.join(settings.QUEUES)}")
    return queue


def _send_now(message: int, *, task: str, queue: str) -> None:
    """Send a committed message; if that fails, the sweep sends it.

    After a failure the breaker skips sends for a while: no request waits for a frozen broker.
    """

    def send() -> None:
        if relay.has_room(queue):
            relay.publish(message, task=task, queue=queue, retry=False)

    breaker.call(send, fallback=None)
