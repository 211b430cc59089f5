"""The app's registration."""

from django.apps import AppConfig


class HealthConfig(AppConfig):
    """Registers `health` with Django."""

    name = "health"
