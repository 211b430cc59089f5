"""Encryption of secrets at rest: by key and by owner."""

import pytest
from django.core.management import CommandError, call_command

from accounts.mfa.encryption import DecryptionError, decrypt, encrypt
from accounts.models import SecondFactor
from factories import RECOVERY, UserFactory, app_code, with_second_factor
from own_factor import login

NEW = "n" * 50


def test_the_owner_decrypts_and_each_encryption_differs():
    one, two = encrypt("canary", owner=1), encrypt("canary", owner=1)
    assert one != two and "canary" not in one
    assert decrypt(one, owner=1) == decrypt(two, owner=1) == "canary"


def test_another_owner_cannot_decrypt():
    with pytest.raises(DecryptionError):
        decrypt(encrypt("canary", owner=1), owner=11)


def test_an_altered_value_cannot_be_decrypted():
    encrypted = encrypt("canary", owner=1)
    for wrong in (encrypted[:-4] + "AAA=", encrypted.swapcase(), "", "ü"):
        with pytest.raises(DecryptionError):
            decrypt(wrong, owner=1)


def test_older_keys_decrypt_and_the_newest_encrypts(settings):
    old, encrypted = settings.SECRET_KEY, encrypt("canary", owner=1)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [old]
    assert decrypt(encrypted, owner=1) == "canary"
    fresh = encrypt("canary", owner=1)
    settings.SECRET_KEY_FALLBACKS = []
    assert decrypt(fresh, owner=1) == "canary"
    with pytest.raises(DecryptionError):
        decrypt(encrypted, owner=1)


def test_jwt_keys_do_not_matter(settings):
    encrypted = encrypt("canary", owner=1)
    settings.JWT_KEYS = (NEW,)
    assert decrypt(encrypted, owner=1) == "canary"


@pytest.mark.django_db
@pytest.mark.usefixtures("quick_passwords")
def test_a_recovery_code_works_after_a_key_is_lost(settings, caplog):
    user = with_second_factor(UserFactory())
    settings.SECRET_KEY = NEW
    assert login(user, code=app_code()).status_code == 401
    assert "SECRET_KEY lacks its key" in caplog.text
    assert login(user, code=RECOVERY).status_code == 200
    with pytest.raises(CommandError, match="1 cannot be decrypted"):
        call_command("reencrypt")
    assert SecondFactor.objects.count() == 1, "it stays, in case the key is found"


@pytest.mark.django_db
@pytest.mark.usefixtures("quick_passwords")
def test_reencrypt_permits_removing_the_old_key(settings, capsys):
    user, old = with_second_factor(UserFactory()), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [old]
    assert login(user, code=app_code(steps=-1)).status_code == 200, "the old key still decrypts"
    call_command("reencrypt")
    assert capsys.readouterr().out == "1 re-encrypted\n"
    settings.SECRET_KEY_FALLBACKS = []
    assert login(user, code=app_code()).status_code == 200
