"""Requests of a user whose account was deleted while logged in, for example by SQL.

A token is verified without a query, so the account is looked up only after a change failed:
PostgreSQL refused a reference to it, or no project has it as a member any more.
"""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import Http404
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS

POSSIBLE_CONSEQUENCES = (IntegrityError, Http404, PermissionDenied)


class AccountDeleted(AuthenticationFailed):
    """A session of an account that no longer exists."""

    default_detail = "The account was deleted. Log in again with another."
    auth_header: str


def deleted_account_error(error: Exception, *, context: dict[str, Any]) -> AccountDeleted | None:
    """The error to answer instead of `error` when the account was deleted. One query."""
    request = context.get("request")
    if request is None or request.method in SAFE_METHODS:
        return None
    if not isinstance(error, POSSIBLE_CONSEQUENCES):
        return None
    user_id = request.user.pk if request.user else None
    if user_id is None or get_user_model().objects.filter(pk=user_id).exists():
        return None
    deleted = AccountDeleted()
    deleted.auth_header = context["view"].get_authenticate_header(request)
    return deleted
