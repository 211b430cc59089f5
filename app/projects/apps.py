"""The app's registration."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """Registers `projects` with Django."""

    name = "projects"

    def ready(self) -> None:
        """Connects what ends cached answers."""
        from projects import signals  # noqa: F401 (it connects itself)
