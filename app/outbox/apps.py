"""The app's registration."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Registers `outbox` with Django, and keeps tasks that failed for good."""

    name = "outbox"

    def ready(self) -> None:
        """Connects to Celery's signal of a failure."""
        from outbox import failures  # noqa: F401
