"""The registration of the apps with Django."""

from django.apps import AppConfig
from django.contrib.admin import apps


class AccountsConfig(AppConfig):
    """Registers `accounts`."""

    name = "accounts"

    def ready(self) -> None:
        """Register the OpenAPI extension for tokens, and the error of deleted accounts."""
        from accounts.auth import openapi  # noqa: F401
        from accounts.auth.deleted_account import deleted_account_error
        from core.api import errors

        if deleted_account_error not in errors.translators:
            errors.translators.append(deleted_account_error)


class AdminConfig(apps.AdminConfig):
    """Registers Django's admin with a site of our own."""

    default = False
    default_site = "accounts.admin_site.Admin"
