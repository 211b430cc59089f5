"""Beat's scheduler: of several beats one is active, and it records its liveness.

The active one holds a lock in Redis, which it renews at each look at the schedule. When it ends it
releases the lock; when it is killed another one takes over after BEAT_LOCK_TTL.
"""

import logging
from typing import Any

from celery.beat import PersistentScheduler
from django.conf import settings
from redis.exceptions import LockError, RedisError

from core.celery.health import BEAT, record_liveness
from core.redis.client import is_full, redis_client

LOCK = "beat:leader"
STANDBY_SECONDS = 2.0  # between two tries to take over
logger = logging.getLogger("service.beat")


class Scheduler(PersistentScheduler):
    """Is alive from its first tick on, and then only while the broker accepts its tasks.

    A failed send raises, so that each later record means that a task was sent. A standby is alive
    while it can ask for the lock.
    """

    _is_active = False
    _has_ticked = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._lock = redis_client("lock").lock(
            LOCK, timeout=settings.BEAT_LOCK_TTL, thread_local=False, blocking=False
        )
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Send what is due; return the seconds until the next look."""
        if not self._hold_lock():
            return STANDBY_SECONDS
        delay = super().tick(*args, **kwargs)
        if not self._has_ticked:
            self._has_ticked = True
            record_liveness(BEAT)
        return delay

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        """Send one task that is due."""
        try:
            sent = super().apply_async(*args, **kwargs)
        except Exception as error:
            if is_full(error):  # a restart of beat would not help
                record_liveness(BEAT)
            raise
        record_liveness(BEAT)
        return sent

    def close(self) -> None:
        """Release the lock, so that the standby takes over at once."""
        if self._is_active:
            try:
                self._lock.release()
            except (LockError, RedisError) as error:
                logger.warning("the lock was lost", extra={"reason": type(error).__name__})
        super().close()

    def _hold_lock(self) -> bool:
        """Acquire or renew the lock for BEAT_LOCK_TTL; return whether it is ours.

        While Redis is unavailable nothing is sent, but the lock may still be ours: then it is
        renewed first.
        """
        try:
            if self._is_active:
                self._lock.reacquire()
            elif self._lock.acquire():
                self._is_active = True
                logger.info("this beat is active")
            else:
                record_liveness(BEAT)
        except LockError as error:
            logger.warning("the lock was lost", extra={"reason": type(error).__name__})
            self._is_active = False
        except RedisError as error:
            logger.warning("the lock is unavailable", extra={"reason": type(error).__name__})
            if is_full(error):
                record_liveness(BEAT)
            return False
        return self._is_active
