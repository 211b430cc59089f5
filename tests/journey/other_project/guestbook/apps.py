"""What the project does when it is loaded: a query, as many real projects do."""

from django.apps import AppConfig
from django.db import connection


class GuestbookConfig(AppConfig):
    """Its query opens the pool in the process that Gunicorn and Celery fork their workers from."""

    name = "guestbook"

    def ready(self) -> None:
        """Ask the database, as for a list of feature flags."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
