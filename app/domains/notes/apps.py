"""The app's registration."""

from django.apps import AppConfig


class NotesConfig(AppConfig):
    """Registers `notes` with Django."""

    name = "domains.notes"
