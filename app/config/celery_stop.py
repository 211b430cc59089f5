"""How a worker ends: what runs may finish for a while, and what does not goes back to the queue."""

from typing import Any

from celery.apps.worker import install_worker_term_hard_handler  # type: ignore[attr-defined]
from celery.platforms import EX_OK
from celery.signals import worker_ready


@worker_ready.connect
def _end_softly(sender: Any = None, **_: Any) -> None:
    """SIGTERM is what Docker and Kubernetes send. Celery's own answer to it waits without end.

    With `worker_soft_shutdown_timeout` its cold shutdown waits that long first; then the tasks
    that still run are given back. (An environment variable, REMAP_SIGTERM, would do the same, and
    has to be set before Python starts.)
    """
    install_worker_term_hard_handler(sender.controller, sig="SIGTERM", exitcode=EX_OK)
