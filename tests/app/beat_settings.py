"""The service's settings with a schedule that is quick enough to count."""

from config.settings import *  # noqa: F401,F403
from config.settings.queue import every

CELERY_BEAT_SCHEDULE = {"tick": every(0.5, "health.tasks.heartbeat") | {"options": {}}}
BEAT_LOCK_TTL = 3.0
