"""A worker's sign of life: that it takes from the queue, not just that its process is there.

A worker whose consumer has silently stopped still sends heartbeats. So each sends itself a task
every few seconds, to a queue of its own, and lives while it receives: that one or any other. One
that is busy with as many tasks as it has processes takes nothing, and lives too.
"""

import logging
import time
from typing import Any

from celery import shared_task
from celery.signals import heartbeat_sent, task_received, worker_ready
from celery.utils.nodenames import worker_direct
from celery.worker import state

from core.celery.health import WORKER, beat_now
from core.celery.task import Task
from core.redis.client import is_full
from core.resilience import BROKER_ERRORS

PERIOD = 5.0  # seconds between two tasks to itself
FRESH = 15.0  # seconds for which a received task is a sign of life
logger = logging.getLogger("service.worker")
_received_at = float("-inf")


@shared_task(base=Task, name="core.celery.liveness.ping", ignore_result=True, dead_letter=False)
def ping() -> None:
    """From a worker to itself. That it was received is enough."""


@worker_ready.connect
def _talk_to_itself(sender: Any = None, **_: Any) -> None:
    queue = worker_direct(sender.hostname)

    def send() -> None:
        try:
            ping.apply_async(queue=queue, expires=PERIOD, retry=False)
        except BROKER_ERRORS as error:
            if is_full(error):
                # It answers, and has no room for a task: to start this worker anew would not help.
                beat_now(WORKER)
                logger.warning("the queue's Redis is full")
                return
            logger.warning("the queue is away", extra={"reason": type(error).__name__})

    send()
    sender.timer.call_repeatedly(PERIOD, send)


@task_received.connect
def _received(**_: Any) -> None:
    global _received_at
    _received_at = time.monotonic()
    beat_now(WORKER)


@heartbeat_sent.connect
def _still_at_work(**_: Any) -> None:
    """Every 2 s, from the worker's own loop, while its connection is up."""
    if state.active_requests or time.monotonic() - _received_at < FRESH:
        beat_now(WORKER)
