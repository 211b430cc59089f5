"""Celery's command, for any project: `python -m upshift_runtime.celery_command -A project worker`.

Its worker closes connections before it forks (`upshift_runtime.fork`), and both worker and beat
leave the signs of life that `upshift_runtime.celery_health` reads.
"""

from typing import Any

from celery import signals
from celery.__main__ import main

from upshift_runtime import fork
from upshift_runtime.celery_health import BEAT, WORKER, alive

SLACK = 30.0  # seconds that a heartbeat (every 2) or a look at the schedule may be late
_forked = False


def _before_fork(**_: Any) -> None:
    global _forked
    fork.close_connections()
    if _forked:
        return
    try:
        fork.demand_closed()
    except fork.OpenConnection as error:
        # Celery logs what a receiver raises, and goes on.
        raise SystemExit(f"the worker was not started: {error}") from error
    _forked = True


def _worker_lives(**_: Any) -> None:
    """Sent by the worker's own loop, over its connection to the broker."""
    alive(WORKER, seconds=SLACK)


def _watch_beat(sender: Any, **_: Any) -> None:
    """Have each look at the schedule say when the next one is due."""
    tick = sender.scheduler.tick

    def watched(*args: Any, **kwargs: Any) -> Any:
        seconds = tick(*args, **kwargs)
        alive(BEAT, seconds=(seconds or 0.0) + SLACK)
        return seconds

    sender.scheduler.tick = watched


if __name__ == "__main__":
    signals.worker_before_create_process.connect(_before_fork)
    signals.heartbeat_sent.connect(_worker_lives)
    signals.beat_init.connect(_watch_beat)
    main()
