"""The app's registration."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers `accounts` with Django."""

    name = "accounts"

    def ready(self) -> None:
        """Tells drf-spectacular how tokens are sent."""
        from accounts import schema  # noqa: F401
