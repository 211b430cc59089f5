"""What is worth a look: from which time on a request is slow."""

from config.env import number

# A request from here on (milliseconds) is logged as a warning, with its statements.
SLOW_REQUEST_MS = number("APP_SLOW_REQUEST_MS", default=500, most=600_000)
# Where a worker answers Prometheus, on its own networks only; 0 for nowhere.
WORKER_METRICS_PORT = number("APP_WORKER_METRICS_PORT", default=9808)
