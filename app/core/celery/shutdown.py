"""How a worker ends: what runs may finish for a while, and what does not goes back to the queue."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from billiard import active_children
from celery.signals import worker_shutting_down
from django.conf import settings

LAST = 4.0  # seconds for giving back; the container is killed ten seconds after the first alarm


@worker_shutting_down.connect
def _but_not_without_end(how: str = "", **_: Any) -> None:
    """SIGTERM is what Docker and Kubernetes send: nothing new is taken, and the worker ends as
    soon as the last running task has. Celery would wait for that without end, so after a while it
    gets SIGQUIT from the clock, which it answers by giving back what still runs.

    (Celery's own `worker_soft_shutdown_timeout` sleeps for all of its time however short the tasks
    are, and meanwhile acknowledges none that has ended.)
    """
    if how == "Warm" and not signal.getitimer(signal.ITIMER_REAL)[0]:
        _after(settings.WORKER_SOFT_STOP, _give_back)


def _give_back(*_: Any) -> None:
    _after(LAST, _kill)
    signal.raise_signal(signal.SIGQUIT)


def _kill(*_: Any) -> None:
    """What a process was handed in the very moment of the first signal Celery has forgotten: it
    asks nobody to end it, and waits for it. Nor does every task end when it is asked.
    """
    for child in active_children():
        if child.pid is not None:
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(child.pid, signal.SIGKILL)


def _after(seconds: float, act: Callable[..., None]) -> None:
    signal.signal(signal.SIGALRM, act)
    signal.setitimer(signal.ITIMER_REAL, seconds)
