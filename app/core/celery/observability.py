"""Logs and counts each task, and carries the request id from the service to the worker.

The id of the request that sent a task is in the message's headers. In the worker it is in each log
line, as it is in the service.
"""

import logging
import time
from contextvars import Token
from typing import Any, NamedTuple

from celery import signals

from core.observability import metrics, request_stats
from core.observability.log_format import request_id
from core.observability.request_stats import RequestStats

HEADER = "request_id"
logger = logging.getLogger("service.task")


class RunningTask(NamedTuple):
    """What is kept from a task's start to its end."""

    started: float
    stats: RequestStats
    stats_token: Token[RequestStats | None]
    id_token: Token[str]


# A worker process runs one task at a time; tests may run one inside another.
_running: dict[str, RunningTask] = {}


@signals.before_task_publish.connect
def _send_request_id(headers: dict[str, Any] | None = None, **_: Any) -> None:
    if headers is not None and (identity := request_id.get()):
        headers.setdefault(HEADER, identity)


@signals.task_prerun.connect
def _start(task_id: str, task: Any, **_: Any) -> None:
    identity = task.request.get(HEADER) or (task.request.headers or {}).get(HEADER) or task_id
    stats, stats_token = request_stats.begin()
    id_token = request_id.set(identity)
    _running[task_id] = RunningTask(time.perf_counter(), stats, stats_token, id_token)


@signals.task_postrun.connect
def _log_task(task_id: str, task: Any, state: str | None = None, **_: Any) -> None:
    running = _running.pop(task_id, None)
    if running is None:
        return
    seconds = time.perf_counter() - running.started
    fields = {
        "task": task.name,
        "task_id": task_id,
        "state": state,
        "retries": task.request.retries,
        "ms": round(seconds * 1000, 1),
        **running.stats.as_log_fields(),
    }
    logger.info("task", extra=fields)
    metrics.count_task(task=task.name, state=state or "UNKNOWN", seconds=seconds)
    request_stats.end(running.stats_token)
    request_id.reset(running.id_token)


@signals.worker_ready.connect
def _serve_metrics(**_: Any) -> None:
    """Serve the worker's metrics: it has no web server. Nothing publishes this port."""
    from django.conf import settings

    if not settings.WORKER_METRICS_PORT:
        return
    try:
        metrics.serve(settings.WORKER_METRICS_PORT)
    except OSError as error:
        logger.warning("worker metrics are not served", extra={"reason": str(error)})
