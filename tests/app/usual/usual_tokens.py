"""Authentication as djangorestframework-simplejwt does it: decode the token, query its user."""

import time
import uuid

import jwt
from django.conf import settings
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import User

LIFETIMES = {"access": 300, "refresh": 86400}  # seconds


def create_token(user, kind):
    """A signed token for a user."""
    now = int(time.time())
    claims = {"token_type": kind, "iat": now, "exp": now + LIFETIMES[kind]}
    claims |= {"jti": uuid.uuid4().hex, "user_id": str(user.pk)}
    return jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256")


class JWTAuthentication(BaseAuthentication):
    """The user of a bearer token: one query."""

    def authenticate(self, request):
        """The user and the claims; None without a token."""
        parts = get_authorization_header(request).split()
        if len(parts) != 2 or parts[0] != b"Bearer":
            return None
        try:
            claims = jwt.decode(parts[1], settings.SECRET_KEY, algorithms=["HS256"])
            user = User.objects.get(pk=claims["user_id"], is_active=True)
        except (jwt.InvalidTokenError, KeyError, User.DoesNotExist) as error:
            raise AuthenticationFailed() from error
        if claims["token_type"] != "access":
            raise AuthenticationFailed()
        return user, claims

    def authenticate_header(self, request):
        """Make the status of a refusal 401."""
        return "Bearer"
