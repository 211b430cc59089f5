"""Slow requests, metrics, and the tokens of Prometheus and the smoke checks."""

from config.settings.environment import ENV

# A request that takes so many milliseconds is logged as a warning, with its statements.
SLOW_REQUEST_MS = ENV.app.slow_request_ms
# Where a worker answers Prometheus, on its own networks only; 0 for nowhere.
WORKER_METRICS_PORT = ENV.app.worker_metrics_port
# Without a token its addresses answer no client (core.api.operator_tokens).
METRICS_TOKEN = ENV.general.metrics_token.get_secret_value()
SMOKE_TOKEN = ENV.general.smoke_token.get_secret_value()
