"""New passwords: by mail for a user who forgot theirs, or by the current user."""

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core import exceptions
from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, ValidationError

from accounts.auth.authentication import INVALID_TOKEN
from accounts.auth.login.services import open_session_locked
from accounts.auth.passwords.hashers import hash_slot
from accounts.auth.sessions.store import session_store
from accounts.auth.tokens import TokenPair
from accounts.email import messages, tokens
from accounts.models import User

INVALID_MAIL_TOKEN = "The token is invalid, was used, or has expired. Request a new one."


def require_strong_password(password: str, *, user: User) -> None:
    """Raises ValidationError for a password that is easy to guess."""
    try:
        validate_password(password, user=user)
    except exceptions.ValidationError as error:
        raise ValidationError({"password": error.messages}) from None


def reset_password(token: str, *, password: str) -> User:
    """Set the password with the token of a mail, end all sessions, and return the account.

    Raises PermissionDenied, ValidationError or HashingBusy. The row's lock decides between two
    requests with the same token.
    """
    try:
        user_id, fingerprint = tokens.read_reset(token)
    except tokens.InvalidMailToken:
        raise PermissionDenied(INVALID_MAIL_TOKEN) from None
    with hash_slot(), transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id, is_active=True).first()
        if user is None or not tokens.is_unchanged(user, fingerprint):
            raise PermissionDenied(INVALID_MAIL_TOKEN)
        require_strong_password(password, user=user)
        if user.email_confirmed_at is None:
            user.email_confirmed_at = timezone.now()
        _set_password(user, password)
    return user


def change_password(user_id: int, *, current: str, password: str, agent: str = "") -> TokenPair:
    """Set a new password, end every session, and open a new one for the caller.

    Raises PermissionDenied, ValidationError, HashingBusy, or AuthenticationFailed when the account
    does not exist any more.
    """
    with hash_slot(), transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id, is_active=True).first()
        if user is None:
            raise AuthenticationFailed(INVALID_TOKEN)
        if not check_password(current, user.password):
            raise PermissionDenied("The current password is wrong.")
        require_strong_password(password, user=user)
        _set_password(user, password)
        return open_session_locked(user, agent=agent)


def _set_password(user: User, password: str) -> None:
    """Within the transaction that holds the row's lock.

    The sessions end before the commit: if Redis is unavailable, the password does not change. A
    login with the old password waits for the lock, and then finds the new one.
    """
    user.password = make_password(password)
    user.save(update_fields=["password", "email_confirmed_at"])
    messages.notify(user, about=messages.PASSWORD_CHANGED)
    session_store().end_all(user_id=user.pk)
