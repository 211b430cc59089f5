"""The app's registration."""

from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    """Registers `idempotency` with Django."""

    name = "idempotency"
