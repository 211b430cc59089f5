"""Accounts, their second factors, and their identities at OpenID providers."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models.functions import Lower

# A change of one of these fields ends the account's sessions at once.
PERMISSION_FIELDS = ("is_active", "is_staff", "is_superuser")


def end_sessions_of(*users: int) -> None:
    """End every session of these accounts. Raises Unavailable when Redis is unavailable.

    Within the transaction of the change: a concurrent login waits for its row lock.
    """
    from accounts.auth.sessions.store import session_store

    for user_id in users:
        session_store().end_all(user_id=user_id)


class UserQuerySet(models.QuerySet["User"]):
    """Accounts. `update` ends the sessions of accounts whose permissions it changes."""

    def update(self, **values: Any) -> int:
        """The number of changed rows. Raises Unavailable as `end_sessions_of`."""
        changed = {name: values[name] for name in PERMISSION_FIELDS if name in values}
        if not changed:
            return super().update(**values)
        with transaction.atomic(using=self.db):
            affected = list(
                self.exclude(**changed).select_for_update().values_list("pk", flat=True)
            )
            rows = super().update(**values)
            end_sessions_of(*affected)
        return rows


class UserManager(BaseUserManager["User"]):
    """Creates accounts; addresses are stored in lower case, so that each has one account."""

    def get_queryset(self) -> UserQuerySet:
        """Accounts whose `update` ends sessions."""
        return UserQuerySet(self.model, using=self._db)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an account; without a password it cannot log in by one."""
        if not email:
            raise ValueError("an account needs an e-mail address")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an account with all permissions."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """The account with this address in any case, and its second factor."""
        found = self.select_related("second_factor")
        return found.get(email=self.normalize_email(username))

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """The address as it is stored: without surrounding spaces, in lower case."""
        return (email or "").strip().lower()


class User(AbstractBaseUser, PermissionsMixin):
    """An account, identified by its e-mail address."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True, default="")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May open the admin.")
    email_confirmed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Here, and not beside the secret: `accounts.auth.login.services.open_session` queries this row
    # again, to see what has changed since the password was checked.
    second_factor_at = models.DateTimeField("second factor since", null=True, blank=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        """The address is stored in lower case by SQL as well."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="accounts_user_email_lower"
            )
        ]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **options: Any) -> None:
        """Save it. A change of its permissions ends its sessions. Raises Unavailable as a logout
        does: nothing changes then.
        """
        fields = options.get("update_fields")
        if self._state.adding or (fields is not None and not set(PERMISSION_FIELDS) & set(fields)):
            return super().save(*args, **options)
        with transaction.atomic():
            before = (
                User.objects.select_for_update()
                .filter(pk=self.pk)
                .values(*PERMISSION_FIELDS)
                .first()
            )
            super().save(*args, **options)
            if before is not None and any(
                before[name] != getattr(self, name) for name in PERMISSION_FIELDS
            ):
                end_sessions_of(self.pk)

    @property
    def must_have_second_factor(self) -> bool:
        """Whether APP_SECOND_FACTOR requires one of this account."""
        policy: str = settings.SECOND_FACTOR
        return policy == "everyone" or (policy == "staff" and self.is_staff)

    def get_session_auth_hash(self) -> str:
        """Ends the admin's sessions with a new password, as in Django, and with a second factor."""
        return _with(self.second_factor_at, super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same with the older keys of SECRET_KEY."""
        for found in super().get_session_auth_fallback_hash():
            yield _with(self.second_factor_at, found)


def _with(moment: datetime | None, found: str) -> str:
    if moment is None:
        return found
    return hashlib.sha256(f"{found}:{moment.timestamp()}".encode()).hexdigest()


class SecondFactor(models.Model):
    """The second factor of an account; it is on once `User.second_factor_at` is set.

    `secret` is encrypted (accounts.mfa.encryption), `last_step` is the time step of the last code,
    `recovery` holds the hashes of the unused recovery codes.
    """

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="second_factor"
    )
    secret = models.CharField(max_length=255)
    last_step = models.BigIntegerField(default=0)
    recovery = ArrayField(models.CharField(max_length=64), default=list, blank=True)

    def __str__(self) -> str:
        return f"second factor of user {self.pk}"


class Identity(models.Model):
    """An identity at an OpenID provider, and the account that it logs in to."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    provider = models.CharField(max_length=40)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """One subject of a provider belongs to one account."""

        constraints = [
            models.UniqueConstraint(
                fields=["provider", "subject"], name="accounts_identity_subject"
            )
        ]
        verbose_name_plural = "identities"

    def __str__(self) -> str:
        return f"{self.provider}: {self.subject}"
