"""The apps' registration."""

from django.apps import AppConfig
from django.contrib.admin import apps


class AccountsConfig(AppConfig):
    """Registers `accounts` with Django."""

    name = "accounts"

    def ready(self) -> None:
        """Tell drf-spectacular how tokens are sent, and the API of deleted accounts."""
        from accounts.auth import schema  # noqa: F401
        from accounts.auth.deleted_account import account_is_gone
        from core.api import errors

        if account_is_gone not in errors.translators:
            errors.translators.append(account_is_gone)


class AdminConfig(apps.AdminConfig):
    """Registers Django's admin, with a site of our own."""

    default = False
    default_site = "accounts.admin_site.Admin"
