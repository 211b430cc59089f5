"""/health/* and /metrics, called by `config.middleware` before the Host check."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST

from config.metrics import exposition
from config.problems import not_found
from health.checks import DEGRADES, run_checks


def _answer(body: Mapping[str, object], *, status: int) -> JsonResponse:
    release = {"version": settings.ENV.version, "release": settings.ENV.release}
    response = JsonResponse({**body, **release}, status=status)
    response["Cache-Control"] = "no-store"
    return response


def live(request: HttpRequest) -> JsonResponse:
    """The process answers. It asks nobody: a database that is away is no reason for a restart."""
    return _answer({"status": "ok"}, status=200)


def ready(request: HttpRequest) -> JsonResponse:
    """200 when it can work, 503 with the reasons when not.

    With a part missing that it can do without for a while, 200 and the status "degraded".
    """
    checks = run_checks()
    wrong = {name for name, check in checks.items() if not check["ok"]}
    status = "unavailable" if wrong - DEGRADES else "degraded" if wrong else "ok"
    return _answer({"status": status, "checks": checks}, status=503 if wrong - DEGRADES else 200)


def version(request: HttpRequest) -> JsonResponse:
    """Which release this is."""
    return _answer({}, status=200)


def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, over the service's own socket: the edge never passes it on.

    Should another proxy do so, it says for whom: then there is nothing here.
    """
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return not_found(request, LookupError())
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)
