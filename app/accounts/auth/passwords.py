"""New passwords: by mail for who forgot theirs, or by who is logged in."""

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied

from accounts.auth.authentication import REFUSED
from accounts.auth.hashers import hash_slot
from accounts.auth.registration import demand_good, useless_token
from accounts.auth.services import Pair, open_locked
from accounts.auth.sessions import store
from accounts.email import messages, tokens
from accounts.email.tokens import BadToken
from accounts.models import User


def reset(token: str, *, password: str) -> User:
    """Set the password that a mail lets its reader set, and end all sessions; whose it is.

    Raises PermissionDenied, ValidationError or HashingBusy. Of two who use a token at once, the
    row's lock lets one be the first.
    """
    try:
        user_id, state = tokens.read_reset(token)
    except BadToken:
        raise useless_token() from None
    with hash_slot(), transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id, is_active=True).first()
        if user is None or not tokens.is_state(user, state):
            raise useless_token()
        demand_good(password, user=user)
        if user.email_confirmed_at is None:
            user.email_confirmed_at = timezone.now()
        _set(user, password)
    return user


def change(user_id: int, *, current: str, password: str, agent: str = "") -> Pair:
    """Set a new password, end every session, and open a new one for who has just shown both.

    Raises PermissionDenied, ValidationError, HashingBusy, or AuthenticationFailed when there is no
    such account any more.
    """
    with hash_slot(), transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id, is_active=True).first()
        if user is None:
            raise AuthenticationFailed(REFUSED)
        if not check_password(current, user.password):
            raise PermissionDenied("The current password is wrong.")
        demand_good(password, user=user)
        _set(user, password)
        return open_locked(user, agent=agent)


def _set(user: User, password: str) -> None:
    """Within the transaction that holds the row's lock.

    The sessions end before it is committed: where Redis is away, the password stays the old one.
    A login with the old one waits for the lock, and then finds that it is the old one.
    """
    user.password = make_password(password)
    user.save(update_fields=["password", "email_confirmed_at"])
    messages.tell(user, about=messages.CHANGED)
    store().end_all(user=user.pk)
