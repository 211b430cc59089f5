"""The app's registration."""

from django.apps import AppConfig


class TasksConfig(AppConfig):
    """Registers `tasks` with Django."""

    name = "domains.tasks"

    def ready(self) -> None:
        """Connect the signals that end cached answers."""
        from domains.tasks import signals  # noqa: F401 (it connects itself)
