"""A new account: requested for an address, created by the client that reads the address's mail."""

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.exceptions import PermissionDenied

from accounts.auth.passwords.services import INVALID_MAIL_TOKEN, require_strong_password
from accounts.email import tokens
from accounts.models import User


def create_account(token: str, *, password: str) -> User:
    """The new account, with a confirmed address. Raises PermissionDenied or ValidationError.

    The password is chosen here, and not with the request for the account: else a stranger could
    request an account for another's address, and know its password once the owner has confirmed.
    """
    try:
        registration = tokens.read_registration(token)
    except tokens.InvalidMailToken:
        raise PermissionDenied(INVALID_MAIL_TOKEN) from None
    email, name = registration.email, registration.name
    user = User(email=email, name=name, email_confirmed_at=timezone.now())
    require_strong_password(password, user=user)
    user.password = make_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise PermissionDenied(INVALID_MAIL_TOKEN) from None
    return user
