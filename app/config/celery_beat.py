"""Beat's scheduler, which says when it last did its work."""

from typing import Any

from celery.beat import PersistentScheduler

from config.celery_health import BEAT, beat_now


class Scheduler(PersistentScheduler):
    """A send that failed raises, so the sign of life means that the queue took a task."""

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        """Send one task that is due."""
        sent = super().apply_async(*args, **kwargs)
        beat_now(BEAT)
        return sent
