"""The admin: Django's own, whose login may not be tried without end."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django_ratelimit.core import is_ratelimited

from accounts.limits import address_of
from config.problems import too_many


class Admin(admin.AdminSite):
    """Counts logins by address and by account; the counts are the API's too (Redis)."""

    site_header = site_title = "Upshift service"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The form, or what comes of it."""
        if request.method == "POST" and _tried_too_often(request):
            return too_many(wait=60)
        return super().login(request, extra_context)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Without the link to the site: `/` leads to the API."""
        return {**super().each_context(request), "site_url": None}


def _address(_group: str, request: HttpRequest) -> str:
    return address_of(request)


def _account(_group: str, request: HttpRequest) -> str:
    return request.POST.get("username", "").strip().lower()


def _tried_too_often(request: HttpRequest) -> bool:
    rates = settings.ADMIN_LOGIN_RATES
    over = [
        is_ratelimited(request, group=f"admin-{name}", key=key, rate=rates[name], increment=True)
        for name, key in (("address", _address), ("account", _account))
    ]
    return any(over)
