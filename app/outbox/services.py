"""Puts work into the outbox, in the transaction of the change that it follows."""

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

# 10 s are twice what one try at a frozen broker takes.
breaker = CircuitBreaker(
    "not sent yet", logger="service.outbox", seconds=10.0, errors=BROKER_ERRORS
)

# It is sent right after the commit. Where that fails, or the process dies just then, the sweep
# sends it when `next_at` has come.
PUT = """
INSERT INTO outbox_message (key, task, queue, args, positional, request_id, next_at)
VALUES (%(key)s, %(task)s, %(queue)s, %(args)s, '[]', %(request)s,
  now() + make_interval(secs => %(resend)s))
ON CONFLICT (key) DO NOTHING
RETURNING id
"""


def enqueue(task_name: str, *, args: dict[str, Any], key: str, queue: str = "") -> None:
    """Have a task done for certain, once this transaction commits; not at all when it does not.

    `task_name` is a Celery task's, `args` its named arguments (JSON, and no secret: they are
    kept). `queue` is the one that the task declares or is routed to, unless named here. Celery
    runs the task with its own retries and limits.

    What is there under the same `key` is not put in again. The task runs in a transaction that
    also marks it as done, so what it changes in PostgreSQL happens exactly once. A task with
    `outbox_transaction=False` (one that sends a mail) runs in none, and may run twice after a
    crash: `delivery.current_message_key` names the work to those who can tell.

    Raises TransactionManagementError outside of a transaction; ValueError for a task, an argument
    or a queue that does not exist.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("outbox: enqueue belongs into the change's transaction")
    queue = checked_queue(checked_task(task_name, args=args), queue=queue)
    values: dict[str, Any] = {
        "key": key,
        "task": task_name,
        "queue": queue,
        "args": json.dumps(args),
    }
    values |= {"request": request_id.get()[:64], "resend": settings.OUTBOX_RESEND}
    row = fetch_one(PUT, values)
    if row is not None:
        transaction.on_commit(partial(_send_now, row[0], task=task_name, queue=queue))


def checked_task(name: str, *, args: dict[str, Any]) -> Task:
    """The task. Raises ValueError for an unknown name, or arguments that it does not take."""
    if (
        name not in current_app.tasks
    ):  # a process of the service has not loaded every module of tasks yet
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
    """The named queue, or the task's own. Raises ValueError for one that no worker reads."""
    if not queue:
        router: Any = current_app.amqp.router
        route = router.route(declared_options(task), task.name, (), {}, task)
        queue = getattr(route["queue"], "name", route["queue"])
    if queue not in settings.QUEUES:
        raise ValueError(f"outbox: there is no queue {queue!r}: {', '.join(settings.QUEUES)}")
    return queue


def _send_now(message: int, *, task: str, queue: str) -> None:
    """The change is made, and must not fail for this: the sweep sends what was not sent here.

    Nor may every change wait for a broker that is frozen: one tries, then none for a while.
    """

    def send() -> None:
        if relay.has_room(queue):
            relay.publish(message, task=task, queue=queue, retry=False)

    breaker.call(send, fallback=None)
