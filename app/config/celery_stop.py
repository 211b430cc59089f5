"""How a worker ends: what runs may finish for a while, and what does not goes back to the queue."""

import signal
from typing import Any

from celery.signals import worker_shutting_down
from django.conf import settings


@worker_shutting_down.connect
def _but_not_without_end(how: str = "", **_: Any) -> None:
    """SIGTERM is what Docker and Kubernetes send: nothing new is taken, and the worker ends as
    soon as the last running task has. Celery would wait for that without end, so after a while it
    gets SIGQUIT from the clock, which it answers by giving back what still runs.

    (Celery's own `worker_soft_shutdown_timeout` sleeps for all of its time however short the tasks
    are, and meanwhile acknowledges none that has ended.)
    """
    if how != "Warm" or signal.getitimer(signal.ITIMER_REAL)[0]:
        return
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGQUIT))
    signal.setitimer(signal.ITIMER_REAL, settings.WORKER_SOFT_STOP)
