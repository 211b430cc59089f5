"""What tasks leave in the log and in the metrics, and the request id that goes with them.

The id of the request that asked for a task travels in the message's headers; in the worker it
stands in each log line and in each statement, as it did in the service.
"""

import logging
import os
import time
from contextvars import Token
from typing import Any

from celery import signals

from core.observability import metrics, request_stats
from core.observability.log_format import request_id
from core.observability.request_stats import Ledger

HEADER = "request_id"
logger = logging.getLogger("service.task")
# A worker's process runs one task at a time; tests may run one inside another.
_open: dict[str, tuple[float, Ledger, Token[Ledger | None], Token[str]]] = {}


@signals.before_task_publish.connect
def _send_the_id(headers: dict[str, Any] | None = None, **_: Any) -> None:
    if headers is not None and (identity := request_id.get()):
        headers.setdefault(HEADER, identity)


@signals.task_prerun.connect
def _open_ledger(task_id: str, task: Any, **_: Any) -> None:
    identity = task.request.get(HEADER) or (task.request.headers or {}).get(HEADER) or ""
    opened, closing = request_stats.begin()
    _open[task_id] = (time.perf_counter(), opened, closing, request_id.set(identity or task_id))


@signals.task_postrun.connect
def _write_down(task_id: str, task: Any, state: str | None = None, **_: Any) -> None:
    if task_id not in _open:
        return
    began, cost, closing, named = _open.pop(task_id)
    seconds = time.perf_counter() - began
    fields = {
        "task": task.name,
        "task_id": task_id,
        "state": state,
        "retries": task.request.retries,
        "ms": round(seconds * 1000, 1),
        **cost.told(),
    }
    logger.info("task", extra=fields)
    metrics.task_done(task=task.name, state=state or "UNKNOWN", seconds=seconds)
    request_stats.end(closing)
    request_id.reset(named)


@signals.worker_ready.connect
def _serve_metrics(**_: Any) -> None:
    """The worker has no web server: its own metrics are on a port that nobody publishes."""
    from django.conf import settings
    from prometheus_client import CollectorRegistry, start_http_server
    from prometheus_client.multiprocess import MultiProcessCollector

    if not settings.WORKER_METRICS_PORT:
        return
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=os.environ["PROMETHEUS_MULTIPROC_DIR"])
    try:
        start_http_server(settings.WORKER_METRICS_PORT, registry=registry)
    except OSError as error:
        logger.warning("no metrics from here", extra={"reason": str(error)})
