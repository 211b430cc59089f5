"""The app's registration."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Registers `outbox` with Django, and stores the dead letters of all tasks."""

    name = "outbox"

    def ready(self) -> None:
        """Connect to Celery's `task_failure`, to the task class, and to the metrics."""
        from core.celery import task
        from core.observability import metrics
        from outbox import delivery, failures  # noqa: F401 (failures connects itself)
        from outbox.collector import OutboxState

        task.run_outbox_message = delivery.run
        metrics.add_collector(OutboxState())
