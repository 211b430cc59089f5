"""A second factor is set up, renewed and taken away; each is told to the owner by mail.

Every function holds the account's row, so that of two changes at once one comes first. Sessions
end before the commit, as with a new password: where Redis is away, all stays as it was.
"""

from dataclasses import dataclass

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import APIException, AuthenticationFailed, PermissionDenied

from accounts.auth.authentication import REFUSED
from accounts.auth.hashers import hash_slot
from accounts.auth.services import Pair, open_locked
from accounts.auth.sessions import store
from accounts.email import messages
from accounts.mfa import codes
from accounts.mfa.encryption import encrypt
from accounts.mfa.verification import Shown, shown
from accounts.models import SecondFactor, User

WRONG_PASSWORD = "The password is wrong."
WRONG_CODE = "The code is wrong, or was used."
WRONG_ONE = "The password or the code is wrong, or the code was used."
NO_PASSWORD = "This account has no password. Choose one by mail (auth/password/reset/) first."
IS_ON = "There is a second factor. Turn it off to set up another."
IS_OFF = "There is no second factor."
NOT_BEGUN = "No second factor was begun to be set up."


class NotNow(APIException):
    """It does not go together with how the account stands."""

    status_code = 409


@dataclass(frozen=True, kw_only=True)
class Begun:
    """For the authenticator app, once."""

    secret: str
    uri: str


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    """The codes to keep, shown once, and a new session."""

    recovery_codes: list[str]
    pair: Pair


def begin(user_id: int, *, password: str) -> Begun:
    """A new secret, which is nothing yet until a code of it comes back (`confirm`).

    To begin again forgets the secret before. Raises PermissionDenied, or NotNow where there is a
    second factor.
    """
    with hash_slot(), transaction.atomic():
        user = _locked(user_id)
        if not user.has_usable_password():
            raise PermissionDenied(NO_PASSWORD)
        if not check_password(password, user.password):
            raise PermissionDenied(WRONG_PASSWORD)
        if user.second_factor_at is not None:
            raise NotNow(IS_ON)
        secret = codes.new_secret()
        SecondFactor.objects.bulk_create(
            [SecondFactor(user=user, secret=encrypt(secret, owner=user.pk))],
            update_conflicts=True,
            unique_fields=["user"],
            update_fields=["secret", "last_step", "recovery"],
        )
    return Begun(secret=secret, uri=codes.address(secret, account=user.email))


def confirm(user_id: int, *, code: str, agent: str = "") -> Confirmed:
    """Turn it on for who shows a code of the new secret: the app has it. Raises as `begin`."""
    with transaction.atomic():
        user = _locked(user_id)
        if user.second_factor_at is not None:
            raise NotNow(IS_ON)
        if not hasattr(user, "second_factor"):
            raise NotNow(NOT_BEGUN)
        fresh = codes.new_recovery_codes()
        _use(shown(user, code=code), wrong=WRONG_CODE, recovery=fresh)
        user.second_factor_at = timezone.now()
        return Confirmed(recovery_codes=fresh, pair=_changed(user, messages.FACTOR_ON, agent=agent))


def renew_recovery_codes(user_id: int, *, password: str, code: str) -> list[str]:
    """Ten new recovery codes; the ones before are worth nothing. Raises as `begin`."""
    with hash_slot(), transaction.atomic():
        user = _locked(user_id)
        found, fresh = _both(user, password=password, code=code), codes.new_recovery_codes()
        _use(found, wrong=WRONG_ONE, recovery=fresh)
        messages.tell(user, about=messages.FACTOR_CODES)
    return fresh


def turn_off(user_id: int, *, password: str, code: str, agent: str = "") -> Pair:
    """Take it away, end every session, and open a new one. Raises as `begin`."""
    with hash_slot(), transaction.atomic():
        user = _locked(user_id)
        if not _both(user, password=password, code=code).unused.delete()[0]:
            raise PermissionDenied(WRONG_ONE)
        user.second_factor_at = None
        return _changed(user, messages.FACTOR_OFF, agent=agent)


def remove(user_id: int) -> bool:
    """Take it away for an owner who has lost it, and has shown who they are in another way.

    False where there is none. All sessions end.
    """
    with transaction.atomic():
        user = _row(user_id)
        SecondFactor.objects.filter(pk=user_id).delete()
        if user is None or user.second_factor_at is None:
            return False
        user.second_factor_at = None
        user.save(update_fields=["second_factor_at"])
        messages.tell(user, about=messages.FACTOR_REMOVED)
        store().end_all(user=user.pk)
    return True


def _row(user_id: int) -> User | None:
    """The account, held until the transaction ends."""
    rows = User.objects.select_for_update(of=("self",)).select_related("second_factor")
    return rows.filter(pk=user_id).first()


def _locked(user_id: int) -> User:
    user = _row(user_id)
    if user is None or not user.is_active:
        raise AuthenticationFailed(REFUSED)
    return user


def _both(user: User, *, password: str, code: str) -> Shown:
    """The code of who shows the password too: which of the two is wrong is not told."""
    if user.second_factor_at is None:
        raise NotNow(IS_OFF)
    found = shown(user, code=code)
    if not check_password(password, user.password) or found is None:
        raise PermissionDenied(WRONG_ONE)
    return found


def _use(found: Shown | None, *, wrong: str, recovery: list[str]) -> None:
    """Use the code up, and keep these recovery codes from now on."""
    kept = [codes.digest(code) for code in recovery]
    if found is None or not found.unused.update(**found.use | {"recovery": kept}):
        raise PermissionDenied(wrong)


def _changed(user: User, about: str, *, agent: str) -> Pair:
    """Keep that it is on or off, end every session, and open one for who has just shown both."""
    user.save(update_fields=["second_factor_at"])
    messages.tell(user, about=about)
    store().end_all(user=user.pk)
    return open_locked(user, agent=agent)
