"""Log in, refresh, log out."""

import hashlib

from django.conf import settings
from django.contrib.auth import authenticate
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed

from accounts.auth.authentication import INVALID_TOKEN
from accounts.auth.sessions.store import Session, new_session_id, session_store
from accounts.auth.tokens import RefreshToken, Token, TokenError, TokenPair, create_tokens, now
from accounts.mfa.verification import INVALID_CREDENTIALS, verify_second_factor
from accounts.models import User
from accounts.selectors import find_user


def log_in(*, email: str, password: str, code: str = "", agent: str = "") -> TokenPair:
    """Check the password, and the code if the account has a second factor, and open a session.

    Raises AuthenticationFailed, the same for a wrong password and an unknown address: Django's
    backend hashes the password once in both cases, so that they also take the same time. Only a
    client with the right password learns whether the account has a second factor.
    """
    user = authenticate(username=email, password=password)
    if not isinstance(user, User):
        raise AuthenticationFailed(INVALID_CREDENTIALS)
    verify_second_factor(user, code=code)
    return open_session(user, agent=agent)


def open_session(user: User, *, agent: str = "", multi_factor: bool = False) -> TokenPair:
    """Open a session for a user who has just authenticated; `multi_factor`: by two factors."""
    pair, refresh = _open(user, agent=agent, multi_factor=multi_factor)
    # A concurrent change of the password or the second factor may not have seen this session. It
    # holds the row's lock until it has ended the others, so that one of the two sees the other.
    unchanged = User.objects.filter(pk=user.pk, password=user.password, is_active=True)
    unchanged = unchanged.filter(second_factor_at=user.second_factor_at)
    if not unchanged.update(last_login=timezone.now()):
        log_out(refresh)
        raise AuthenticationFailed(INVALID_CREDENTIALS)
    return pair


def open_session_locked(user: User, *, agent: str = "") -> TokenPair:
    """The same for a user whose row this transaction has locked, so that nothing can change."""
    return _open(user, agent=agent, multi_factor=False)[0]


def _open(user: User, *, agent: str, multi_factor: bool) -> tuple[TokenPair, RefreshToken]:
    # A second factor that the account has was verified before this function is called.
    multi_factor = multi_factor or user.second_factor_at is not None
    session_id, began = new_session_id(), now()
    latest = began + int(settings.SESSION_LIFETIME.total_seconds())
    access, refresh = create_tokens(
        user, session_id=session_id, latest=latest, multi_factor=multi_factor
    )
    session = Session(
        id=session_id,
        user_id=user.pk,
        refresh_jti=refresh.jti,
        password_fingerprint=password_fingerprint(user),
        began=began,
        agent=agent,
    )
    session_store().open(session, now=began, expires_at=refresh.expires_at)
    return TokenPair(access=access.encode(), refresh=refresh.encode()), refresh


def password_fingerprint(user: User) -> str:
    """Changes with the password; it does not reveal the password's hash."""
    return hashlib.sha256(f"mark:{user.pk}:{user.password}".encode()).hexdigest()[:32]


def refresh_tokens(token: RefreshToken) -> TokenPair:
    """Exchange a refresh token for the next pair.

    Within REFRESH_GRACE seconds the same token returns the same pair again, so that two tabs which
    refresh at the same time both continue. Raises AuthenticationFailed for an invalid token. A
    token that was used before that time is in two hands: its session ends, for both.
    """
    session = session_store().find(token.session_id, jti=token.jti)
    if session is None or session.user_id != token.user_id:
        raise AuthenticationFailed(INVALID_TOKEN)
    user = find_user(token.user_id)
    if user is None or password_fingerprint(user) != session.password_fingerprint:
        log_out(token)
        raise AuthenticationFailed(INVALID_TOKEN)
    latest = session.began + int(settings.SESSION_LIFETIME.total_seconds())
    access, refresh = create_tokens(
        user, session_id=session.id, latest=latest, multi_factor=token.is_multi_factor
    )
    claims = session_store().rotate(
        session,
        presented=token.jti,
        new=refresh.jti,
        expires_at=refresh.expires_at,
        claims={"access": access.claims, "refresh": refresh.claims},
    )
    if claims is None:
        raise AuthenticationFailed(INVALID_TOKEN)
    # The same claims and key make the same token.
    access, refresh = type(access)(claims["access"]), type(refresh)(claims["refresh"])
    return TokenPair(access=access.encode(), refresh=refresh.encode())


def decode_refresh_token(raw: str) -> RefreshToken:
    """The refresh token. Raises AuthenticationFailed when it is invalid or expired."""
    try:
        return RefreshToken.decode(raw)
    except TokenError as error:
        raise AuthenticationFailed(INVALID_TOKEN) from error


def log_out(token: Token) -> None:
    """End the session of a token. Does nothing when it has ended."""
    session_store().end(
        token.session_id, user_id=token.user_id, jti=token.jti, seconds=token.seconds_left
    )


def log_out_everywhere(user_id: int) -> int:
    """End every session of a user, and return how many there were."""
    return session_store().end_all(user_id=user_id)
