"""A worker's shutdown: running tasks get some time to finish; the rest return to the queue."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from billiard import active_children
from celery.signals import worker_shutting_down
from django.conf import settings

# Seconds to requeue; the container is killed ten seconds after the first alarm.
REQUEUE_SECONDS = 4.0


@worker_shutting_down.connect
def _limit_warm_shutdown(how: str = "", **_: Any) -> None:
    """After WORKER_SOFT_STOP seconds of a warm shutdown (SIGTERM) start a cold one (SIGQUIT).

    A warm shutdown of Celery waits for the running tasks without a limit. Its own
    `worker_soft_shutdown_timeout` always sleeps for the whole time, however short the tasks are,
    and meanwhile acknowledges none that has finished.
    """
    if how == "Warm" and not signal.getitimer(signal.ITIMER_REAL)[0]:
        _set_alarm(settings.WORKER_SOFT_STOP, _shut_down_cold)


def _shut_down_cold(*_: Any) -> None:
    _set_alarm(REQUEUE_SECONDS, _kill_children)
    signal.raise_signal(signal.SIGQUIT)


def _kill_children(*_: Any) -> None:
    """Kill the processes that are left.

    Celery forgets a task that it handed over at the moment of the first signal, and waits for it;
    and a task may ignore the request to end.
    """
    for child in active_children():
        if child.pid is not None:
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(child.pid, signal.SIGKILL)


def _set_alarm(seconds: float, action: Callable[..., None]) -> None:
    signal.signal(signal.SIGALRM, action)
    signal.setitimer(signal.ITIMER_REAL, seconds)
