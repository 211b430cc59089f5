"""Who is still logged in when their account is gone: its row was removed by hand, say.

A token is read without a query, so the account is only asked for when a change comes to nothing:
PostgreSQL refuses what would refer to it, or no project knows it any more.
"""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import Http404
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS

NAMELESS = (IntegrityError, Http404, PermissionDenied)


class AccountGone(AuthenticationFailed):
    """No session of an account can outlive it."""

    default_detail = "The account is gone. Log in again with another."
    auth_header: str


def account_is_gone(error: Exception, *, context: dict[str, Any]) -> AccountGone | None:
    """The error in place of another one, when that is because the account is gone. One query."""
    request = context.get("request")
    if request is None or request.method in SAFE_METHODS or not isinstance(error, NAMELESS):
        return None
    number = request.user.pk if request.user else None
    if number is None or get_user_model().objects.filter(pk=number).exists():
        return None
    gone = AccountGone()
    gone.auth_header = context["view"].get_authenticate_header(request)
    return gone
