"""The tokens of those who operate the service: what the tests' services know, and bring."""

METRICS_TOKEN = "metrics-token-of-the-tests-0123456789"
SMOKE_TOKEN = "smoke-token-of-the-tests-0123456789"
TOKENS = {"METRICS_TOKEN": METRICS_TOKEN, "SMOKE_TOKEN": SMOKE_TOKEN}
# Headers of Prometheus, and of the smoke checks.
MAY_READ_METRICS = {"Authorization": f"Bearer {METRICS_TOKEN}"}
SMOKE = {"X-Smoke-Token": SMOKE_TOKEN}
