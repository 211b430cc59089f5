"""The app's registration."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from core.observability.request_stats import watch


class HealthConfig(AppConfig):
    """Registers `health` with Django, and has each connection counted."""

    name = "health"

    def ready(self) -> None:
        """Count each connection that opens from now on, and add the metrics."""
        from core.observability import metrics
        from health.collector import PartsState, QueueMemory

        for collector in (PartsState(), QueueMemory()):
            metrics.add_collector(collector)
        connection_created.connect(watch, dispatch_uid="core.observability.request_stats")
