"""Set up, renew and turn off a second factor; the owner is notified of each change by mail.

Every function locks the account's row, so that concurrent changes follow each other. Sessions end
before the commit, as with a new password: if Redis is unavailable, nothing changes.
"""

from dataclasses import dataclass

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import APIException, AuthenticationFailed, PermissionDenied

from accounts.auth.authentication import INVALID_TOKEN
from accounts.auth.login.services import open_session_locked
from accounts.auth.passwords.hashers import hash_slot
from accounts.auth.sessions.store import session_store
from accounts.auth.tokens import TokenPair
from accounts.email import messages
from accounts.mfa import codes
from accounts.mfa.encryption import encrypt
from accounts.mfa.verification import ValidCode, check_code
from accounts.models import SecondFactor, User

WRONG_PASSWORD = "The password is wrong."
WRONG_CODE = "The code is wrong, or was used."
WRONG_PASSWORD_OR_CODE = "The password or the code is wrong, or the code was used."
NO_PASSWORD = "This account has no password. Set one by mail (auth/password/reset/) first."
IS_ON = "There is a second factor. Turn it off to set up another."
IS_OFF = "There is no second factor."
NOT_BEGUN = "The setup of a second factor has not begun."


class SecondFactorConflict(APIException):
    """The request does not fit the current state of the second factor."""

    status_code = 409


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What the authenticator app needs; it is shown once."""

    secret: str
    uri: str


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    """The recovery codes, which are shown once, and the tokens of a new session."""

    recovery_codes: list[str]
    pair: TokenPair


def begin(user_id: int, *, password: str) -> Enrolment:
    """Create a secret, which has no effect until a code of it is confirmed (`confirm`).

    A new call replaces the secret. Raises AuthenticationFailed, PermissionDenied, or
    SecondFactorConflict if there is a second factor.
    """
    with hash_slot(), transaction.atomic():
        user = _lock_active(user_id)
        if not user.has_usable_password():
            raise PermissionDenied(NO_PASSWORD)
        if not check_password(password, user.password):
            raise PermissionDenied(WRONG_PASSWORD)
        if user.second_factor_at is not None:
            raise SecondFactorConflict(IS_ON)
        secret = codes.new_secret()
        SecondFactor.objects.bulk_create(
            [SecondFactor(user=user, secret=encrypt(secret, owner=user.pk))],
            update_conflicts=True,
            unique_fields=["user"],
            update_fields=["secret", "last_step", "recovery"],
        )
    return Enrolment(secret=secret, uri=codes.provisioning_uri(secret, account=user.email))


def confirm(user_id: int, *, code: str, agent: str = "") -> Confirmed:
    """Turn it on with a code of the new secret, which proves that the app has it.

    Raises as `begin`.
    """
    with transaction.atomic():
        user = _lock_active(user_id)
        if user.second_factor_at is not None:
            raise SecondFactorConflict(IS_ON)
        if not hasattr(user, "second_factor"):
            raise SecondFactorConflict(NOT_BEGUN)
        recovery_codes = codes.new_recovery_codes()
        _use_code(check_code(user, code=code), error=WRONG_CODE, recovery_codes=recovery_codes)
        user.second_factor_at = timezone.now()
        pair = _save_and_reopen(user, messages.SECOND_FACTOR_ON, agent=agent)
        return Confirmed(recovery_codes=recovery_codes, pair=pair)


def renew_recovery_codes(user_id: int, *, password: str, code: str) -> list[str]:
    """Ten new recovery codes; the previous ones become invalid. Raises as `begin`."""
    with hash_slot(), transaction.atomic():
        user = _lock_active(user_id)
        valid = _check_both(user, password=password, code=code)
        recovery_codes = codes.new_recovery_codes()
        _use_code(valid, error=WRONG_PASSWORD_OR_CODE, recovery_codes=recovery_codes)
        messages.notify(user, about=messages.RECOVERY_CODES_RENEWED)
    return recovery_codes


def turn_off(user_id: int, *, password: str, code: str, agent: str = "") -> TokenPair:
    """Turn it off, end every session, and open a new one. Raises as `begin`."""
    with hash_slot(), transaction.atomic():
        user = _lock_active(user_id)
        if not _check_both(user, password=password, code=code).unused.delete()[0]:
            raise PermissionDenied(WRONG_PASSWORD_OR_CODE)
        user.second_factor_at = None
        return _save_and_reopen(user, messages.SECOND_FACTOR_OFF, agent=agent)


def remove(user_id: int) -> bool:
    """Remove it for an owner who lost it, and who proved their identity in another way.

    False if there is none. All sessions end.
    """
    with transaction.atomic():
        user = _lock(user_id)
        SecondFactor.objects.filter(pk=user_id).delete()
        if user is None or user.second_factor_at is None:
            return False
        user.second_factor_at = None
        user.save(update_fields=["second_factor_at"])
        messages.notify(user, about=messages.SECOND_FACTOR_REMOVED)
        session_store().end_all(user_id=user.pk)
    return True


def _lock(user_id: int) -> User | None:
    """The account, locked until the transaction ends."""
    rows = User.objects.select_for_update(of=("self",)).select_related("second_factor")
    return rows.filter(pk=user_id).first()


def _lock_active(user_id: int) -> User:
    user = _lock(user_id)
    if user is None or not user.is_active:
        raise AuthenticationFailed(INVALID_TOKEN)
    return user


def _check_both(user: User, *, password: str, code: str) -> ValidCode:
    """The code, if the password is right too; the error does not say which of them is wrong."""
    if user.second_factor_at is None:
        raise SecondFactorConflict(IS_OFF)
    valid = check_code(user, code=code)
    if not check_password(password, user.password) or valid is None:
        raise PermissionDenied(WRONG_PASSWORD_OR_CODE)
    return valid


def _use_code(valid: ValidCode | None, *, error: str, recovery_codes: list[str]) -> None:
    """Use the code up, and replace the recovery codes."""
    recovery = [codes.digest(code) for code in recovery_codes]
    if valid is None or not valid.unused.update(**valid.changes | {"recovery": recovery}):
        raise PermissionDenied(error)


def _save_and_reopen(user: User, about: str, *, agent: str) -> TokenPair:
    """Save that it is on or off, end every session, and open a new one for the caller."""
    user.save(update_fields=["second_factor_at"])
    messages.notify(user, about=about)
    session_store().end_all(user_id=user.pk)
    return open_session_locked(user, agent=agent)
