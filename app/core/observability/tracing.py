"""Traces, where a collector is named; where none is, nothing of them is even imported."""

import os

COLLECTORS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def begin() -> None:
    """Trace this process, when one of COLLECTORS names where to send what it did."""
    if any(os.environ.get(name) for name in COLLECTORS):
        from core.observability import spans

        spans.begin()
