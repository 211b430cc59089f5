"""The service's settings, with a worker that waits little for its tasks when it is stopped."""

from config.settings import *  # noqa: F401,F403

WORKER_SOFT_STOP = 1.5
