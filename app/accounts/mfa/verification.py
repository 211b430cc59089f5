"""The second factor at a login: whether what was shown is good, and was not used before."""

import logging
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import CharField, F, Func, QuerySet, Value
from django.db.models.functions import Cast
from rest_framework.exceptions import AuthenticationFailed

from accounts.auth.rate_limits import count_account
from accounts.email import messages
from accounts.mfa import codes
from accounts.mfa.encryption import DecryptionError, decrypt
from accounts.models import SecondFactor, User

# Of an address, a password and a code, and never of which of them.
WRONG = "The address or the password is wrong, or the code."
NEEDED = "This account has a second factor. Send the code of its app, or a recovery code, too."
logger = logging.getLogger("service.accounts")


class SecondFactorNeeded(AuthenticationFailed):
    """The password was right, and no code came with it. Only whoever knows it gets to see this."""

    default_detail = NEEDED
    kind = "/problems/second-factor-needed"
    title = "Second factor needed"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A good code: the row while nobody has used it, and what its use changes there.

    One statement with both uses it: of two that come at once, the second finds no row.
    """

    unused: QuerySet[SecondFactor]
    use: dict[str, Any]
    recovery: bool


def demand(user: User, *, code: str) -> None:
    """Use the code of who has shown the password, if the account has a second factor.

    Raises SecondFactorNeeded without a code, AuthenticationFailed for one that is not good or was
    used before, and TooMany.
    """
    if user.second_factor_at is None:
        return
    if not code:
        raise SecondFactorNeeded()
    found = shown(user, code=code)
    if found is None:
        raise AuthenticationFailed(WRONG)
    with transaction.atomic():
        if not found.unused.update(**found.use):
            raise AuthenticationFailed(WRONG)
        if found.recovery:
            messages.tell(user, about=messages.RECOVERED)


def shown(user: User, *, code: str) -> Shown | None:
    """What a code is good for; None where it is none of this account's. Counted; raises TooMany."""
    count_account(None, "code", account=user.pk)
    rows, given = SecondFactor.objects.filter(pk=user.pk), codes.plain(code)
    if not codes.is_of_app(given):
        kept = codes.digest(given)
        if kept not in user.second_factor.recovery:
            return None
        gone = Cast(Value(kept), CharField(max_length=64))
        use = {"recovery": Func(F("recovery"), gone, function="array_remove")}
        return Shown(unused=rows.filter(recovery__contains=[kept]), use=use, recovery=True)
    step = _step(user.second_factor, code=given)
    if step is None:
        return None
    return Shown(unused=rows.filter(last_step__lt=step), use={"last_step": step}, recovery=False)


def _step(factor: SecondFactor, *, code: str) -> int | None:
    try:
        return codes.step_of(code, secret=decrypt(factor.secret, owner=factor.pk))
    except DecryptionError:
        # A lost key: recovery codes are hashes, and still open the account.
        logger.error("a second factor cannot be read: SECRET_KEY lacks the key that sealed it")
        return None
