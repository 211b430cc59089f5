"""`manage.py reencrypt`: what an older SECRET_KEY has sealed is sealed with the newest."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.mfa.encryption import DecryptionError, decrypt, encrypt
from accounts.models import SecondFactor


class Command(BaseCommand):
    """After it, the older keys may be taken out of SECRET_KEY."""

    help = "Seal the secrets of second factors with the newest key in SECRET_KEY."

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal each anew; one that cannot be read stays, is counted, and ends it with status 1."""
        lost, done = 0, 0
        for user_id in list(SecondFactor.objects.order_by("pk").values_list("pk", flat=True)):
            try:
                done += _reseal(user_id)
            except DecryptionError:
                lost += 1
        self.stdout.write(f"{done} sealed anew")
        if lost:
            raise CommandError(f"reencrypt: {lost} cannot be read: SECRET_KEY lacks their key")


def _reseal(user_id: int) -> int:
    """One row, held, so that a new secret of its owner is not overwritten."""
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(pk=user_id).first()
        if factor is None:
            return 0
        factor.secret = encrypt(decrypt(factor.secret, owner=user_id), owner=user_id)
        factor.save(update_fields=["secret"])
        return 1
