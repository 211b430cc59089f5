"""The app's registration."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """Registers `projects` with Django."""

    name = "domains.projects"

    def ready(self) -> None:
        """Connects what ends cached answers."""
        from domains.projects import signals  # noqa: F401 (it connects itself)
