"""`manage.py reencrypt`: encrypt all secrets with the newest key in SECRET_KEY."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.mfa.encryption import DecryptionError, decrypt, encrypt
from accounts.models import SecondFactor


class Command(BaseCommand):
    """Afterwards the older keys may be removed from SECRET_KEY."""

    help = "Encrypt the secrets of second factors with the newest key in SECRET_KEY."

    def handle(self, *args: Any, **options: Any) -> None:
        """Re-encrypt each secret. Those that cannot be decrypted are left, and end it with 1."""
        failed, done = 0, 0
        for user_id in list(SecondFactor.objects.order_by("pk").values_list("pk", flat=True)):
            try:
                done += _reencrypt(user_id)
            except DecryptionError:
                failed += 1
        self.stdout.write(f"{done} re-encrypted")
        if failed:
            raise CommandError(
                f"reencrypt: {failed} cannot be decrypted: SECRET_KEY lacks their key"
            )


def _reencrypt(user_id: int) -> int:
    """One row, locked, so that a new secret of its owner is not overwritten."""
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(pk=user_id).first()
        if factor is None:
            return 0
        factor.secret = encrypt(decrypt(factor.secret, owner=user_id), owner=user_id)
        factor.save(update_fields=["secret"])
        return 1
