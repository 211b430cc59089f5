"""The app's registration."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """Registers `pages` with Django, for its templates and static files."""

    name = "pages"
