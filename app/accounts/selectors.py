"""Queries of accounts."""

from typing import Any

from accounts.models import User


def find_user(user_id: int) -> User | None:
    """The active account with this id."""
    return User.objects.filter(pk=user_id, is_active=True).first()


def find_second_factor(user_id: int) -> dict[str, Any] | None:
    """The state of an account's second factor, without its secret and codes."""
    rows = User.objects.select_related("second_factor").filter(pk=user_id, is_active=True)
    user = rows.first()
    if user is None:
        return None
    since = user.second_factor_at
    return {
        "on": since is not None,
        "since": since,
        "recovery_codes_left": 0 if since is None else len(user.second_factor.recovery),
        "demanded": user.must_have_second_factor,
    }
