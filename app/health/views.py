"""/health/* and /metrics, called by `health.middleware` before the Host check."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST

from core.api.errors import not_found
from core.api.operator_tokens import may_read_metrics
from core.observability.metrics import exposition
from health.checks import run_checks


def _answer(body: Mapping[str, object], *, status: int) -> JsonResponse:
    release = {"version": settings.ENV.version, "release": settings.ENV.release}
    response = JsonResponse({**body, **release}, status=status)
    response["Cache-Control"] = "no-store"
    return response


def live(request: HttpRequest) -> JsonResponse:
    """The process answers. It checks no other part: an outage there is no reason for a restart."""
    return _answer({"status": "ok"}, status=200)


def ready(request: HttpRequest) -> JsonResponse:
    """200 while the service can answer, 503 with the reasons when not.

    `ok`: every part works. `degraded`: the service works without what `degraded` names (the cache,
    room on the disk or in the queue). `unavailable`: a required part is unavailable.
    """
    checks = run_checks()
    degraded = [name for name, check in checks.items() if check.get("degraded")]
    works = all(check["ok"] for name, check in checks.items() if name not in degraded)
    status = "unavailable" if not works else "degraded" if degraded else "ok"
    body = {"status": status, "degraded": degraded, "checks": checks}
    return _answer(body, status=200 if works else 503)


def version(request: HttpRequest) -> JsonResponse:
    """Return which release this is."""
    return _answer({}, status=200)


def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics to Prometheus (METRICS_TOKEN), and 404 to every other client.

    The edge does not forward this path, but another proxy might: so the token is required.
    """
    if not may_read_metrics(request):
        return not_found(request, LookupError())
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)
