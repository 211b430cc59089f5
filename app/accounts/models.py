"""Who may come in."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models.functions import Lower

# What an account may do: a change of it ends the account's sessions at once.
RIGHTS = ("is_active", "is_staff", "is_superuser")


def end_sessions_of(*users: int) -> None:
    """End every session of these accounts. Raises Unavailable where the sessions cannot be asked.

    Within the transaction of the change: a login that comes between waits for its row lock.
    """
    from accounts.auth.sessions import store

    for user in users:
        store().end_all(user=user)


class UserQuerySet(models.QuerySet["User"]):
    """Accounts. `update` ends the sessions of accounts whose rights it changes."""

    def update(self, **values: Any) -> int:
        """How many rows were changed. Raises Unavailable as `end_sessions_of`, then none was."""
        changed = {name: values[name] for name in RIGHTS if name in values}
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
    """Makes accounts; an address is kept in lower case, so that one person has one account."""

    def get_queryset(self) -> UserQuerySet:
        """Accounts whose `update` ends sessions where it must."""
        return UserQuerySet(self.model, using=self._db)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An account; without a password nobody can log in to it by one."""
        if not email:
            raise ValueError("an account needs an e-mail address")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An account that may do everything in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """The account with this address, however it is typed, and its second factor."""
        found = self.select_related("second_factor")
        return found.get(email=self.normalize_email(username))

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """The address as it is kept: without spaces around it, in lower case."""
        return (email or "").strip().lower()


class User(AbstractBaseUser, PermissionsMixin):
    """An account, named by its e-mail address."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True, default="")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May open the admin.")
    email_confirmed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Here, and not beside the secret: whoever opens a session asks this row once more, and sees
    # what has changed since the password was checked (accounts.auth.services.open_session).
    second_factor_at = models.DateTimeField("second factor since", null=True, blank=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        """The address is in lower case, whoever writes."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="accounts_user_email_lower"
            )
        ]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **options: Any) -> None:
        """Write it. A change of its rights ends its sessions. Raises Unavailable as a logout does,
        and then nothing is changed.
        """
        fields = options.get("update_fields")
        if self._state.adding or (fields is not None and not set(RIGHTS) & set(fields)):
            return super().save(*args, **options)
        with transaction.atomic():
            before = User.objects.select_for_update().filter(pk=self.pk).values(*RIGHTS).first()
            super().save(*args, **options)
            if before is not None and any(before[name] != getattr(self, name) for name in RIGHTS):
                end_sessions_of(self.pk)

    @property
    def must_have_second_factor(self) -> bool:
        """Whether APP_SECOND_FACTOR demands one of this account."""
        wanted: str = settings.SECOND_FACTOR
        return wanted == "everyone" or (wanted == "staff" and self.is_staff)

    def get_session_auth_hash(self) -> str:
        """Ends the admin's sessions with a new password, as Django's, and with a new factor."""
        return _with(self.second_factor_at, super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same by the keys that are still accepted."""
        for found in super().get_session_auth_fallback_hash():
            yield _with(self.second_factor_at, found)


def _with(moment: datetime | None, found: str) -> str:
    if moment is None:
        return found
    return hashlib.sha256(f"{found}:{moment.timestamp()}".encode()).hexdigest()


class SecondFactor(models.Model):
    """What an account shows beside its password, once `User.second_factor_at` is set.

    `secret` is encrypted (accounts.mfa.encryption); `recovery` holds hashes of unused codes.
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
    """An account at a provider that opens one of ours: who the provider says that somebody is."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    provider = models.CharField(max_length=40)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """One subject of a provider opens one account."""

        constraints = [
            models.UniqueConstraint(
                fields=["provider", "subject"], name="accounts_identity_subject"
            )
        ]
        verbose_name_plural = "identities"

    def __str__(self) -> str:
        return f"{self.provider}: {self.subject}"
