"""The app's registration."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from core.db import statements
from core.observability.request_stats import count_queries_of


class HealthConfig(AppConfig):
    """Registers `health` with Django, wraps the queries of connections, and adds the metrics."""

    name = "health"

    def ready(self) -> None:
        """Count the queries of each new connection, and add the metrics."""
        from core.observability import metrics
        from health.collector import DatabaseRoom, PartsState, QueueMemory

        for collector in (PartsState(), DatabaseRoom(), QueueMemory()):
            metrics.add_collector(collector)
        connection_created.connect(
            count_queries_of, dispatch_uid="core.observability.request_stats"
        )
        connection_created.connect(statements.install, dispatch_uid="core.db.statements")
