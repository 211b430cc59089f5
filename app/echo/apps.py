"""The app's registration."""

from django.apps import AppConfig


class EchoConfig(AppConfig):
    """Registers `echo` with Django."""

    name = "echo"
