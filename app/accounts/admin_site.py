"""The admin: Django's own, whose login may not be tried without end."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from rest_framework.exceptions import AuthenticationFailed

from accounts.auth.hashers import HashingBusy
from accounts.auth.known_devices import known_device, new_token, remember
from accounts.auth.rate_limits import count_address, count_login
from accounts.mfa import verification
from accounts.mfa.verification import SecondFactorNeeded
from core.api.errors import too_many, unavailable
from core.api.exceptions import TooMany

NEEDED = "This account has a second factor. Type its code, and the password once more."
DEMANDED = (
    "The admin is for accounts with a second factor. Set one up first: log in to the API"
    " (auth/login/), and go on at auth/second-factor/begin/."
)


class AdminLogin(AdminAuthenticationForm):
    """Django's, and the code of a second factor. Both are checked at once: no half is kept."""

    code = forms.CharField(
        label="Code",
        required=False,
        max_length=64,
        help_text="Of your app, or a recovery code, if your account has a second factor.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )

    def confirm_login_allowed(self, user: Any) -> None:
        """Raises ValidationError. The password has been checked, and is right."""
        super().confirm_login_allowed(user)
        if lacks_second_factor(user):
            raise ValidationError(DEMANDED, code="second_factor_demanded")
        try:
            verification.demand(user, code=self.cleaned_data.get("code", ""))
        except SecondFactorNeeded:
            raise ValidationError(NEEDED, code="second_factor") from None
        except AuthenticationFailed:
            raise self.get_invalid_login_error() from None


def lacks_second_factor(user: Any) -> bool:
    """Whether this account must have one, and has none."""
    return bool(user.must_have_second_factor and user.second_factor_at is None)


class Admin(admin.AdminSite):
    """Counts logins as the API's are, and together with them: it is the same password."""

    site_header = site_title = "Upshift service"
    login_form = AdminLogin

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The form, or what comes of it."""
        if request.method == "POST":
            try:
                count_address(request, "login")
                return self._login(request, extra_context)
            except TooMany as error:
                return too_many(wait=error.wait)
            except HashingBusy as error:
                return unavailable(error)
        return super().login(request, extra_context)

    def _login(self, request: HttpRequest, extra_context: dict[str, Any] | None) -> Any:
        email = request.POST.get("username", "")
        device = known_device(request, email=email)
        count_login(request, email=email, device=device)
        response = super().login(request, extra_context)
        if request.user.is_authenticated:
            remember(response, token=new_token(email, device=device))
        return response

    def has_permission(self, request: HttpRequest) -> bool:
        """For the staff; also a session from before a second factor was demanded is asked."""
        return super().has_permission(request) and not lacks_second_factor(request.user)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Without the link to the site: `/` leads to the API."""
        return {**super().each_context(request), "site_url": None}
