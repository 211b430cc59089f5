"""The apps' registration."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class AccountsConfig(AppConfig):
    """Registers `accounts` with Django."""

    name = "accounts"

    def ready(self) -> None:
        """Tells drf-spectacular how tokens are sent."""
        from accounts import schema  # noqa: F401


class AdminConfig(admin.AdminConfig):
    """Registers Django's admin, with a site of our own."""

    default = False
    default_site = "accounts.admin_site.Admin"
