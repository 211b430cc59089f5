"""Beat's scheduler, which says when it last did its work."""

from typing import Any

from celery.beat import PersistentScheduler

from config.celery_health import BEAT, beat_now


class Scheduler(PersistentScheduler):
    """It lives from its first tick; from then on only while the queue takes its tasks.

    A send that failed raises, so each later sign of life means that a task went there.
    """

    _ticked = False

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Look once what is due; returns the seconds until the next look."""
        delay = super().tick(*args, **kwargs)
        if not self._ticked:
            self._ticked = True
            beat_now(BEAT)
        return delay

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        """Send one task that is due."""
        sent = super().apply_async(*args, **kwargs)
        beat_now(BEAT)
        return sent
