"""Celery's addresses; its behaviour is in `config.celery`."""

from config.settings.environment import ENV

CELERY_BROKER_URL = ENV.queue.url(database=0)
CELERY_RESULT_BACKEND = f"config.celery_results:RedisBackend+{ENV.queue.url(database=1)}"
