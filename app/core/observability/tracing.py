"""Tracing, if a collector is configured; otherwise OpenTelemetry is not even imported."""

import os

COLLECTORS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def begin() -> None:
    """Trace this process if one of the variables COLLECTORS is set."""
    if any(os.environ.get(name) for name in COLLECTORS):
        from core.observability import spans

        spans.begin()
