"""What every task is: retried for a while when a part is away, then kept where a person sees it."""

from celery.contrib.django.task import DjangoTask
from django.db import InterfaceError, OperationalError
from psycopg_pool import PoolTimeout
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError


class Task(DjangoTask):  # type: ignore[type-arg]
    """Celery's task for Django: `delay_on_commit` sends it once the transaction has ended well."""

    autoretry_for = (
        *(OperationalError, InterfaceError, PoolTimeout),
        *(RedisConnectionError, RedisTimeoutError),
    )
    max_retries = 5
    # Seconds, doubled each time, with jitter; the longest wait is far below VISIBILITY.
    retry_backoff = 2
    retry_backoff_max = 60
    retry_jitter = True
    # What kills its worker each time is not tried for ever either.
    retry_on_worker_lost = True
    default_retry_delay = 10
    # Whether a failure is kept: not of what beat sends again anyway (see outbox.failures).
    kept_when_dead = True
