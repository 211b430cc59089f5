"""The service's projects without what ends its cached answers: there is no cache here."""

from django.apps import AppConfig


class Projects(AppConfig):
    """Only the tables."""

    name = "domains.projects"
