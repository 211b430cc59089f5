"""The app's registration."""

from django.apps import AppConfig


class TasksConfig(AppConfig):
    """Registers `tasks` with Django."""

    name = "domains.tasks"
