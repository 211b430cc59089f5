"""Traces: to a real collector where one is named, and not a trace of them where none is."""

import gzip
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from processes import environment, process, served, until

ID = "a-request-of-the-test"
ASK = "/api/v1/auth/register/"
pytestmark = pytest.mark.django_db(transaction=True)


class Collector(ThreadingHTTPServer):
    """Takes spans by OTLP over HTTP, as an OpenTelemetry collector does."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Post)
        self.spans = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"

    def named(self, name):
        return [span for span in self.spans if span["name"] == name]

    def under(self, parent, name=""):
        inside = [span for span in self.spans if span["parent"] == parent["id"]]
        return [span for span in inside if span["name"].startswith(name)]


class _Post(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            told = {each.key: each.value.string_value for each in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.server.spans += [_span(span, told) for span in scope.spans]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def _span(span, resource):
    given = {each.key: each.value.string_value for each in span.attributes}
    return {
        "name": span.name,
        "trace": span.trace_id,
        "id": span.span_id,
        "parent": span.parent_span_id,
        "service": resource["service.name"],
        "given": given,
    }


@pytest.fixture
def collector():
    server = Collector()
    yield server
    server.shutdown()
    server.server_close()


def traced(collector):
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "OTEL_SERVICE_NAME": "upshift-test",
    }


def test_a_request_its_statements_and_its_task_are_one_trace(collector):
    """An account is asked for, and a task writes the mail."""
    worker = ["celery", "-A", "config.celery:app", "--workdir", "/srv/app", "worker"]
    options = ["--concurrency", "1", "--without-gossip", "--loglevel", "WARNING"]
    values = {**traced(collector), "APP_ENV": "development"}  # it prints its mails
    headers = {"Host": "localhost", "X-Forwarded-Proto": "https", "X-Request-ID": ID}
    with process(*worker, *options, **values), served(**values) as service:
        asked = requests.post(
            f"{service.address}{ASK}?q=canary",
            json={"email": "canary@example.com"},
            headers=headers,
        )
        assert asked.status_code == 202, asked.text
        assert requests.get(f"{service.address}/api/v1/projects/public/", headers=headers).ok
        posted = until(lambda: collector.named(f"POST {ASK[1:]}"), what="the request's")[0]
        listed = until(lambda: collector.named("GET api/v1/projects/public/"), what="the other's")[
            0
        ]
        published = until(lambda: collector.under(posted, "apply_async/"), what="its task")[0]
        ran = until(lambda: collector.under(published, "run/"), what="the task's own span")[0]
    assert any("_" in text for text in statements(collector, under=ran)), "it reads tables"
    assert any("projects_project" in text for text in statements(collector, under=listed))
    assert listed["trace"] != posted["trace"]
    one_trace = [span for span in collector.spans if span["trace"] == posted["trace"]]
    assert len(one_trace) >= 4 and all(mine(span) for span in one_trace)
    assert {span["service"] for span in one_trace} == {"upshift-test"}
    assert "canary" not in str(collector.spans), "no query, body or argument in a span"
    asked_for = {span["name"] for span in collector.spans if span["name"].startswith("GET ")}
    assert asked_for == {listed["name"]}, "no probe is traced"


def mine(span):
    return span["given"].get("request.id") == ID


def statements(collector, *, under):
    """What was asked of PostgreSQL within a span."""
    return [span["given"].get("db.statement", "") for span in collector.under(under)]


def test_a_collector_that_is_away_holds_nothing_up():
    with served(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1") as service:
        began = time.monotonic()
        assert service.get("/api/v1/projects/public/").status_code == 200
        assert time.monotonic() - began < 2


OURS = ("core.observability.spans", "opentelemetry.instrumentation", "opentelemetry.exporter")


@pytest.mark.parametrize("collector", ["", "http://127.0.0.1:1"])
def test_without_a_collector_nothing_of_it_is_imported(collector):
    # redis-py imports OpenTelemetry's metrics by itself wherever they are installed.
    code = f"""
import sys, config.wsgi, config.celery
config.celery.app.loader.import_default_modules()
print([name for name in {OURS!r} if name in sys.modules], "opentelemetry.sdk.trace" in sys.modules)
"""
    values = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector} if collector else {}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd="/srv/app",
        env=environment(**values),
        capture_output=True,
        text=True,
    )
    found = f"{list(OURS)} True" if collector else "[] False"
    assert done.stdout.strip() == found, done.stdout + done.stderr
