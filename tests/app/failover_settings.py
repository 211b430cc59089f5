"""The service's settings with a beat that sends again at once what a failover has lost."""

from config.settings import *  # noqa: F401,F403
from config.settings.queue import every

CELERY_BEAT_SCHEDULE = {"outbox": every(0.5, "outbox.tasks.sweep") | {"options": {}}}
BEAT_LOCK_TTL = 3.0
