"""Traces of requests, statements and tasks, by OpenTelemetry's own instrumentations.

Only `core.observability.tracing` imports this. A span holds what the log holds: the route but no
path, no header and no parameter of a statement; and the request id, to find the log lines. The
variables OTEL_... set the collector, the sampling and the service's name.
"""

import os
from functools import cache
from typing import Any

from celery.signals import worker_process_shutdown
from django.http import HttpRequest, HttpResponse

# The stable names of the semantic conventions; set before the instrumentations are imported.
os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http")

from opentelemetry import trace  # noqa: E402
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: E402
from opentelemetry.instrumentation.celery import CeleryInstrumentor  # noqa: E402
from opentelemetry.instrumentation.django import DjangoInstrumentor  # noqa: E402
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor  # noqa: E402
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource  # noqa: E402
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider  # noqa: E402
from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: E402

from core.observability.log_format import request_id  # noqa: E402
from core.observability.request_log import route_of  # noqa: E402

PROBES = "health/.*,metrics"
FLUSH_MS = 3000  # that a worker's process may take at its end to send its spans


class RequestIds(SpanProcessor):
    """Adds the request id to every span."""

    def on_start(self, span: Span, parent_context: Any = None) -> None:
        """Add the id that the log lines have, too."""
        if identity := request_id.get():
            span.set_attribute("request.id", identity)


def _on_response(span: Span, request: HttpRequest, response: HttpResponse) -> None:
    """Set what the server's span could not know at its start; a path may hold a token."""
    span.set_attributes({"url.path": route_of(request), "url.query": ""})
    if identity := response.headers.get("X-Request-ID"):
        span.set_attribute("request.id", identity)


@cache
def begin() -> None:
    """Start tracing, once per process. Spans that cannot be sent are dropped: no request waits."""
    resource = {SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME", "service")}
    resource[SERVICE_VERSION] = os.environ.get("RELEASE_ID", "unreleased")
    provider = TracerProvider(resource=Resource.create(resource))
    provider.add_span_processor(RequestIds())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument(excluded_urls=PROBES, response_hook=_on_response)
    PsycopgInstrumentor().instrument()
    CeleryInstrumentor().instrument()

    def flush(**_: Any) -> None:
        provider.force_flush(FLUSH_MS)

    # A worker's child process ends without running Python's exit handlers.
    worker_process_shutdown.connect(flush, weak=False)
