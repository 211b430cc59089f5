"""What reads accounts."""

from typing import Any

from accounts.models import User


def find_user(user_id: int) -> User | None:
    """The account with this number, when it may still come in."""
    return User.objects.filter(pk=user_id, is_active=True).first()


def find_second_factor(user_id: int) -> dict[str, Any] | None:
    """How an account's second factor stands: no secret, and no code."""
    rows = User.objects.select_related("second_factor").filter(pk=user_id, is_active=True)
    user = rows.first()
    if user is None:
        return None
    since = user.second_factor_at
    left = 0 if since is None else len(user.second_factor.recovery)
    demanded = user.must_have_second_factor
    return {
        "on": since is not None,
        "since": since,
        "recovery_codes_left": left,
        "demanded": demanded,
    }
