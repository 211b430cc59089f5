"""What is traced: requests, statements and tasks, from OpenTelemetry's own instrumentations.

Only `core.observability.tracing` imports this. What a span says follows the rule of the log: a
route and no address, no header, no parameter of a statement; and the request's id, to find the
lines of the log. OpenTelemetry's own variables (OTEL_...) say where to send it, how much of it, and
by which name.
"""

import os
from functools import cache
from typing import Any

from celery.signals import worker_process_shutdown
from django.http import HttpRequest, HttpResponse

# The names that the conventions have settled on; to be said before the instrumentations load.
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
LAST_WORDS = 3000  # milliseconds that a worker's process may take to send what it still has


class RequestIds(SpanProcessor):
    """Writes the request's id on every span that is made for it."""

    def on_start(self, span: Span, parent_context: Any = None) -> None:
        """The id that the log's lines have too."""
        if identity := request_id.get():
            span.set_attribute("request.id", identity)


def _tell(span: Span, request: HttpRequest, response: HttpResponse) -> None:
    """The server's span begins before there is an id; and its address may hold a token."""
    span.set_attributes({"url.path": route_of(request), "url.query": ""})
    if identity := response.headers.get("X-Request-ID"):
        span.set_attribute("request.id", identity)


@cache
def begin() -> None:
    """Begin, once for a process. What cannot be sent is dropped: no request waits for it."""
    told = {SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME", "service")}
    told[SERVICE_VERSION] = os.environ.get("RELEASE_ID", "unreleased")
    provider = TracerProvider(resource=Resource.create(told))
    provider.add_span_processor(RequestIds())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument(excluded_urls=PROBES, response_hook=_tell)
    PsycopgInstrumentor().instrument()
    CeleryInstrumentor().instrument()

    def send_the_rest(**_: Any) -> None:
        provider.force_flush(LAST_WORDS)

    # A child of the worker ends without Python's own last steps.
    worker_process_shutdown.connect(send_the_rest, weak=False)
