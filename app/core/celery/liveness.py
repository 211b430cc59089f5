"""A worker's liveness: it receives tasks, not only that its process runs.

A worker whose consumer has stopped still sends heartbeats. So each worker sends itself a task every
few seconds, to a queue of its own, and is alive while it receives that or any other task. A worker
with as many running tasks as processes receives nothing, and is alive too.
"""

import logging
import time
from typing import Any

from celery import shared_task
from celery.signals import heartbeat_sent, task_received, worker_ready
from celery.utils.nodenames import worker_direct
from celery.worker import state

from core.celery.health import WORKER, record_liveness
from core.celery.task import Task
from core.redis.client import is_full
from core.resilience import BROKER_ERRORS

PING_SECONDS = 5.0
MAX_SILENCE_SECONDS = 15.0  # since the last task was received
logger = logging.getLogger("service.worker")
_received_at = float("-inf")


@shared_task(base=Task, name="core.celery.liveness.ping", ignore_result=True, dead_letter=False)
def ping() -> None:
    """Do nothing: that a worker receives it is enough."""


@worker_ready.connect
def _ping_regularly(sender: Any = None, **_: Any) -> None:
    queue = worker_direct(sender.hostname)

    def send() -> None:
        try:
            ping.apply_async(queue=queue, expires=PING_SECONDS, retry=False)
        except BROKER_ERRORS as error:
            if is_full(error):  # a restart of this worker would not help
                record_liveness(WORKER)
                logger.warning("the queue's Redis is full")
                return
            logger.warning("the broker is unavailable", extra={"reason": type(error).__name__})

    send()
    sender.timer.call_repeatedly(PING_SECONDS, send)


@task_received.connect
def _on_received(**_: Any) -> None:
    global _received_at
    _received_at = time.monotonic()
    record_liveness(WORKER)


@heartbeat_sent.connect
def _on_heartbeat(**_: Any) -> None:
    """Called every 2 s by the worker's loop while it is connected."""
    if state.active_requests or time.monotonic() - _received_at < MAX_SILENCE_SECONDS:
        record_liveness(WORKER)
