"""Django's admin site, with a second factor and rate limits at its login."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from rest_framework.exceptions import AuthenticationFailed

from accounts.auth.login.known_devices import known_device, new_device_token, set_device_cookie
from accounts.auth.passwords.hashers import HashingBusy
from accounts.auth.rate_limits.throttle import limit_address, limit_login
from accounts.mfa.verification import SecondFactorNeeded, verify_second_factor
from core.api.errors import too_many, unavailable
from core.api.exceptions import TooMany

CODE_REQUIRED = "This account has a second factor. Type its code, and the password once more."
SETUP_REQUIRED = (
    "The admin requires a second factor. Set one up first: log in to the API (auth/login/), and"
    " continue at auth/second-factor/begin/."
)


class AdminLogin(AdminAuthenticationForm):
    """Django's form, and the code of a second factor. Both are checked in one request."""

    code = forms.CharField(
        label="Code",
        required=False,
        max_length=64,
        help_text="A code of your app, or a recovery code, if your account has a second factor.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )

    def confirm_login_allowed(self, user: Any) -> None:
        """Check the code, after the password was found right. Raises ValidationError."""
        super().confirm_login_allowed(user)
        if lacks_second_factor(user):
            raise ValidationError(SETUP_REQUIRED, code="second_factor_demanded")
        try:
            verify_second_factor(user, code=self.cleaned_data.get("code", ""))
        except SecondFactorNeeded:
            raise ValidationError(CODE_REQUIRED, code="second_factor") from None
        except AuthenticationFailed:
            raise self.get_invalid_login_error() from None


def lacks_second_factor(user: Any) -> bool:
    """Whether this account must have a second factor, and has none."""
    return bool(user.must_have_second_factor and user.second_factor_at is None)


class Admin(admin.AdminSite):
    """Shares the rate limits of the API's login: it is the same password."""

    site_header = site_title = "Upshift service"
    login_form = AdminLogin

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show the login form, or log in."""
        if request.method == "POST":
            try:
                limit_address(request, "login")
                return self._login(request, extra_context)
            except TooMany as error:
                return too_many(wait=error.wait)
            except HashingBusy as error:
                return unavailable(error)
        return super().login(request, extra_context)

    def _login(self, request: HttpRequest, extra_context: dict[str, Any] | None) -> Any:
        email = request.POST.get("username", "")
        device = known_device(request, email=email)
        limit_login(request, email=email, device=device)
        response = super().login(request, extra_context)
        if request.user.is_authenticated:
            set_device_cookie(response, token=new_device_token(email, device=device))
        return response

    def has_permission(self, request: HttpRequest) -> bool:
        """For the staff; sessions that began before a second factor was required are refused."""
        return super().has_permission(request) and not lacks_second_factor(request.user)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Without the link to the site, because `/` leads to the API."""
        return {**super().each_context(request), "site_url": None}
