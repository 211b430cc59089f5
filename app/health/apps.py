"""The app's registration."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from config.ledger import watch


class HealthConfig(AppConfig):
    """Registers `health` with Django, and has each connection counted."""

    name = "health"

    def ready(self) -> None:
        """Each connection that opens from now on is watched."""
        connection_created.connect(watch, dispatch_uid="config.ledger")
