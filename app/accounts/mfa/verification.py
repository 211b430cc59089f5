"""Verifies the second factor at a login: the code must be valid, and must not have been used."""

import logging
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import CharField, F, Func, QuerySet, Value
from django.db.models.functions import Cast
from rest_framework.exceptions import AuthenticationFailed

from accounts.auth.rate_limits.throttle import limit_account
from accounts.email import messages
from accounts.mfa import codes
from accounts.mfa.encryption import DecryptionError, decrypt
from accounts.models import SecondFactor, User

# It does not say which of the three is wrong.
INVALID_CREDENTIALS = "The address, the password or the code is wrong."
CODE_REQUIRED = "This account has a second factor. Send a code of its app, or a recovery code, too."
logger = logging.getLogger("service.accounts")


class SecondFactorNeeded(AuthenticationFailed):
    """The code is missing. Raised only after the right password."""

    default_detail = CODE_REQUIRED
    kind = "/problems/second-factor-needed"
    title = "Second factor needed"


@dataclass(frozen=True, kw_only=True)
class ValidCode:
    """A valid code: the row while the code is unused, and the changes that use it up.

    One UPDATE with both uses it: of two concurrent requests, the second finds no row.
    """

    unused: QuerySet[SecondFactor]
    changes: dict[str, Any]
    is_recovery_code: bool


def verify_second_factor(user: User, *, code: str) -> None:
    """Use up a code if the account has a second factor. The password was verified before.

    Raises SecondFactorNeeded without a code, AuthenticationFailed for one that is wrong or was
    used, and TooMany.
    """
    if user.second_factor_at is None:
        return
    if not code:
        raise SecondFactorNeeded()
    valid = check_code(user, code=code)
    if valid is None:
        raise AuthenticationFailed(INVALID_CREDENTIALS)
    with transaction.atomic():
        if not valid.unused.update(**valid.changes):
            raise AuthenticationFailed(INVALID_CREDENTIALS)
        if valid.is_recovery_code:
            messages.notify(user, about=messages.RECOVERY_CODE_USED)


def check_code(user: User, *, code: str) -> ValidCode | None:
    """How to use up a code; None when it is not valid. The attempt is limited; raises TooMany."""
    limit_account(None, "code", account=user.pk)
    rows, code = SecondFactor.objects.filter(pk=user.pk), codes.normalize(code)
    if not codes.is_app_code(code):
        digest = codes.digest(code)
        if digest not in user.second_factor.recovery:
            return None
        removed = Cast(Value(digest), CharField(max_length=64))
        changes = {"recovery": Func(F("recovery"), removed, function="array_remove")}
        unused = rows.filter(recovery__contains=[digest])
        return ValidCode(unused=unused, changes=changes, is_recovery_code=True)
    step = _time_step(user.second_factor, code=code)
    if step is None:
        return None
    unused = rows.filter(last_step__lt=step)
    return ValidCode(unused=unused, changes={"last_step": step}, is_recovery_code=False)


def _time_step(factor: SecondFactor, *, code: str) -> int | None:
    try:
        return codes.time_step(code, secret=decrypt(factor.secret, owner=factor.pk))
    except DecryptionError:
        # A lost key: recovery codes are hashes, and still work.
        logger.error("a second factor cannot be decrypted: SECRET_KEY lacks its key")
        return None
