"""The app's registration."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """Registers `projects` with Django."""

    name = "domains.projects"
