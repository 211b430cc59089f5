"""Answer health checks and metrics before any other middleware runs."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from health.views import live, metrics, ready, version

Handler = Callable[[HttpRequest], HttpResponse]


class HealthMiddleware:
    """Answers probes before the Host header is checked: they call by IP address."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.probes: dict[str, Handler] = {
            "/health/live": live,
            "/health/ready": ready,
            "/health/version": version,
            "/metrics": metrics,
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the probe's response, or that of the rest of the service."""
        probe = self.probes.get(request.path_info.rstrip("/"))
        if probe is None:
            return self.get_response(request)
        return probe(request)
