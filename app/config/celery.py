"""The Celery app: how tasks are queued, taken, limited, and given back when a worker dies."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_before_create_process, worker_init

from core.celery import observability  # noqa: F401 (it connects to Celery's signals)
from core.celery import broker
from core.observability import tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

TASK_LIMIT = 120  # seconds

app = Celery("service", amqp="core.celery.broker:AMQP", task_cls="core.celery.task:Task")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    accept_content=["json"],
    # The worker reconnects after a refusal of the broker, such as a full memory.
    broker_channel_error_retry=True,
    beat_max_loop_interval=5,
    beat_scheduler="core.celery.beat:Scheduler",
    broker_connection_max_retries=None,  # a worker outlives an outage, however long
    broker_connection_retry_on_startup=True,
    enable_utc=True,
    redis_socket_connect_timeout=2,
    redis_socket_timeout=5,
    redis_socket_keepalive=True,
    redis_backend_health_check_interval=10,
    result_expires=300,  # their Redis evicts nothing
    result_serializer="json",
    task_acks_late=True,
    task_ignore_result=True,  # only echo overrides this
    task_publish_retry_policy={"max_retries": 2, "interval_start": 0, "interval_step": 0.2},
    task_reject_on_worker_lost=True,
    task_serializer="json",
    task_soft_time_limit=TASK_LIMIT - 20,
    task_time_limit=TASK_LIMIT,
    task_track_started=True,
    timezone="UTC",
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_direct=True,  # a queue of its own for each worker: see core.celery.liveness
    worker_max_tasks_per_child=1000,
    worker_prefetch_multiplier=1,
)
app.set_default()  # for the threads of the service too: Celery keeps the current app by thread
app.autodiscover_tasks()
broker.register_transports()
tracing.begin()


@setup_logging.connect
def _log_as_the_service_does(**_: Any) -> None:
    """With a receiver here, Celery leaves Django's LOGGING as it is."""


@worker_before_create_process.connect
def _close_connections_before_the_fork(**_: Any) -> None:
    """Two processes would share them. Closed in the new one, a connection would end for both."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]


@worker_init.connect
def _watch_over_the_worker(**_: Any) -> None:
    """They connect to signals of a worker; the service's processes need not load one for that."""
    from core.celery import liveness, shutdown  # noqa: F401
