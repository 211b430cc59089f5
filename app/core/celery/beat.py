"""Beat's scheduler: one works at a time, and it says when it last did.

Of two beats one holds a lock in Redis, renewed at each look at the schedule. When it ends it gives
the lock back; when it is killed the other takes over after BEAT_LOCK_TTL.
"""

import logging
from typing import Any

from celery.beat import PersistentScheduler
from django.conf import settings
from redis.exceptions import LockError, RedisError

from core.celery.health import BEAT, beat_now
from core.redis.client import is_full, redis_client

LOCK = "beat:leader"
STANDBY = 2.0  # seconds between two tries to take over
logger = logging.getLogger("service.beat")


class Scheduler(PersistentScheduler):
    """It lives from its first tick; from then on only while the queue takes its tasks.

    A send that failed raises, so each later sign of life means that a task went there. One that
    stands by lives while it can ask for the lock.
    """

    _leads = False
    _ticked = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._lock = redis_client("lock").lock(
            LOCK, timeout=settings.BEAT_LOCK_TTL, thread_local=False, blocking=False
        )
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Look once what is due; returns the seconds until the next look."""
        if not self._may_work():
            return STANDBY
        delay = super().tick(*args, **kwargs)
        if not self._ticked:
            self._ticked = True
            beat_now(BEAT)
        return delay

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        """Send one task that is due."""
        try:
            sent = super().apply_async(*args, **kwargs)
        except Exception as error:
            if is_full(error):  # to start beat anew would not help
                beat_now(BEAT)
            raise
        beat_now(BEAT)
        return sent

    def close(self) -> None:
        """Let the other one work at once."""
        if self._leads:
            try:
                self._lock.release()
            except (LockError, RedisError) as error:
                logger.warning("the lock was lost", extra={"reason": type(error).__name__})
        super().close()

    def _may_work(self) -> bool:
        """Whether the lock is ours, and from now on for BEAT_LOCK_TTL.

        One that cannot ask does not work, and may still have the lock: it asks for that first.
        """
        try:
            if self._leads:
                self._lock.reacquire()
            elif self._lock.acquire():
                self._leads = True
                logger.info("this beat works")
            else:
                beat_now(BEAT)
        except LockError as error:
            logger.warning("the lock was lost", extra={"reason": type(error).__name__})
            self._leads = False
        except RedisError as error:
            logger.warning("the lock cannot be had", extra={"reason": type(error).__name__})
            if is_full(error):
                beat_now(BEAT)
            return False
        return self._leads
