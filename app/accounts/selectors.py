"""What reads accounts."""

from accounts.models import User


def find_user(user_id: int) -> User | None:
    """The account with this number, when it may still come in."""
    return User.objects.filter(pk=user_id, is_active=True).first()
