"""Log in, go on, log out."""

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import authenticate
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.exceptions import TokenError

from accounts.auth.authentication import REFUSED
from accounts.auth.sessions import Session, new_session_id, store
from accounts.auth.tokens import Refresh, SessionToken, pair_of
from accounts.mfa import verification
from accounts.mfa.verification import WRONG
from accounts.models import User
from accounts.selectors import find_user


@dataclass(frozen=True, kw_only=True)
class Pair:
    """What a login gives."""

    access: str
    refresh: str


def mark_of(user: User) -> str:
    """Changes with the password; the password's hash cannot be told from it."""
    return hashlib.sha256(f"mark:{user.pk}:{user.password}".encode()).hexdigest()[:32]


def log_in(*, email: str, password: str, code: str = "", agent: str = "") -> Pair:
    """Check a password, and a code where the account has a second factor, and open a session.

    Raises AuthenticationFailed, the same for a wrong password and for nobody: Django's backend
    hashes the password once in both cases, so that they also take the same time. Whoever does not
    know the password is not told whether there is a second factor.
    """
    user = authenticate(username=email, password=password)
    if not isinstance(user, User):
        raise AuthenticationFailed(WRONG)
    verification.demand(user, code=code)
    return open_session(user, agent=agent)


def open_session(user: User, *, agent: str = "", strong: bool = False) -> Pair:
    """A new session for a user who has just shown who they are; `strong`: by two factors."""
    pair, refresh = _opened(user, agent=agent, strong=strong)
    # A change of the password or the second factor that comes between the check and here has not
    # seen this session. It holds the row's lock until it has ended the others, so one of the two
    # sees the other.
    same = User.objects.filter(pk=user.pk, password=user.password, is_active=True)
    same = same.filter(second_factor_at=user.second_factor_at)
    if not same.update(last_login=timezone.now()):
        _end(refresh)
        raise AuthenticationFailed(WRONG)
    return pair


def open_locked(user: User, *, agent: str = "") -> Pair:
    """The same for a user whose row this transaction has locked: nothing can come between."""
    return _opened(user, agent=agent, strong=False)[0]


def _opened(user: User, *, agent: str, strong: bool) -> tuple[Pair, Refresh]:
    identity = new_session_id()
    # Nobody comes here for an account with a second factor who has not shown it.
    strong = strong or user.second_factor_at is not None
    access, refresh = pair_of(user, session=identity, strong=strong)
    session = Session(
        id=identity,
        user=user.pk,
        refresh=refresh.jti,
        mark=mark_of(user),
        began=refresh.made_at,
        agent=agent,
    )
    store().open(session, now=refresh.made_at, ends=int(refresh["exp"]))
    return Pair(access=str(access), refresh=str(refresh)), refresh


def next_pair(token: Refresh) -> Pair:
    """The next pair for a refresh token, which is used up.

    Within REFRESH_GRACE seconds the same token gets the same pair again: two tabs that refresh
    together both go on. Raises AuthenticationFailed when it is no good; when it was used before
    that, somebody else has it: then its session ends, also for whoever holds the newer one.
    """
    session = store().find(token.session, jti=token.jti)
    if session is None or session.user != token.user_id:
        raise AuthenticationFailed(REFUSED)
    user = find_user(token.user_id)
    if user is None or mark_of(user) != session.mark:
        _end(token)
        raise AuthenticationFailed(REFUSED)
    access, refresh = pair_of(user, session=session.id, strong=token.strong)
    last = session.began + int(settings.SESSION_LIFETIME.total_seconds())
    for fresh in (access, refresh):
        fresh["exp"] = min(int(fresh["exp"]), last)
    done, claims = store().rotate(
        session,
        presented=token.jti,
        fresh=refresh.jti,
        ends=int(refresh["exp"]),
        claims={"access": access.payload, "refresh": refresh.payload},
    )
    if done not in ("rotated", "repeated"):
        raise AuthenticationFailed(REFUSED)
    # A token is its claims, signed: of the same claims the same token comes.
    access.payload, refresh.payload = claims["access"], claims["refresh"]
    return Pair(access=str(access), refresh=str(refresh))


def read_refresh(raw: str) -> Refresh:
    """The token. Raises AuthenticationFailed when it is none, or too old."""
    try:
        return Refresh.read(raw)
    except TokenError as error:
        raise AuthenticationFailed(REFUSED) from error


def log_out(token: SessionToken) -> None:
    """End the session that a token belongs to. Nothing happens when it has ended."""
    _end(token)


def log_out_everywhere(user_id: int) -> int:
    """End every session of a user; how many there were."""
    return store().end_all(user=user_id)


def _end(token: SessionToken) -> None:
    store().end(token.session, user=token.user_id, jti=token.jti, seconds=token.seconds_left)
