"""The admin: Django's own, whose login may not be tried without end."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.limits import TooMany, count_account, count_address
from config.problems import too_many


class Admin(admin.AdminSite):
    """Counts logins as the API's are, and together with them: it is the same password."""

    site_header = site_title = "Upshift service"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The form, or what comes of it."""
        if request.method == "POST":
            try:
                count_address(request, "login")
                count_account(request, "login", account=request.POST.get("username", ""))
            except TooMany as error:
                return too_many(wait=error.wait)
        return super().login(request, extra_context)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Without the link to the site: `/` leads to the API."""
        return {**super().each_context(request), "site_url": None}
