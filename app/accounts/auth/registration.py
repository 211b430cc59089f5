"""A new account: asked for by an address, opened by whoever reads the address's mail."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core import exceptions
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.exceptions import PermissionDenied, ValidationError

from accounts.email import tokens
from accounts.email.tokens import BadToken
from accounts.models import User

USELESS = "The token is not valid, or was used, or is too old. Ask for a new one."


def useless_token() -> PermissionDenied:
    """The same error for all that can be wrong with a token."""
    return PermissionDenied(USELESS)


def demand_good(password: str, *, user: User) -> None:
    """Raises ValidationError for a password that is too easily guessed."""
    try:
        validate_password(password, user=user)
    except exceptions.ValidationError as error:
        raise ValidationError({"password": error.messages}) from None


def open_account(token: str, *, password: str) -> User:
    """The new account, with a confirmed address. Raises PermissionDenied, ValidationError.

    The password is chosen here, and not when the account is asked for: else somebody could ask
    for an account for another's address, and know its password once the owner has confirmed.
    """
    try:
        newcomer = tokens.read_registration(token)
    except BadToken:
        raise useless_token() from None
    user = User(email=newcomer.email, name=newcomer.name, email_confirmed_at=timezone.now())
    demand_good(password, user=user)
    user.password = make_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise useless_token() from None
    return user
