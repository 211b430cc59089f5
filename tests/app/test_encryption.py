"""Secrets at rest: readable with our keys only, and by whom they belong to."""

import pytest
from django.core.management import CommandError, call_command

from accounts.mfa.encryption import DecryptionError, decrypt, encrypt
from accounts.models import SecondFactor
from factories import RECOVERY, UserFactory, app_code, with_second_factor
from own_factor import login

NEW = "n" * 50


def test_a_seal_is_opened_by_its_owner_and_is_new_each_time():
    one, two = encrypt("canary", owner=1), encrypt("canary", owner=1)
    assert one != two and "canary" not in one
    assert decrypt(one, owner=1) == decrypt(two, owner=1) == "canary"


def test_moved_to_another_account_it_stays_shut():
    with pytest.raises(DecryptionError):
        decrypt(encrypt("canary", owner=1), owner=11)


def test_altered_it_stays_shut():
    sealed = encrypt("canary", owner=1)
    for wrong in (sealed[:-4] + "AAA=", sealed.swapcase(), "", "ü"):
        with pytest.raises(DecryptionError):
            decrypt(wrong, owner=1)


def test_an_older_key_still_opens_and_the_newest_seals(settings):
    old, sealed = settings.SECRET_KEY, encrypt("canary", owner=1)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [old]
    assert decrypt(sealed, owner=1) == "canary"
    fresh = encrypt("canary", owner=1)
    settings.SECRET_KEY_FALLBACKS = []
    assert decrypt(fresh, owner=1) == "canary"
    with pytest.raises(DecryptionError):
        decrypt(sealed, owner=1)


def test_new_keys_for_tokens_change_nothing(settings):
    sealed = encrypt("canary", owner=1)
    settings.JWT_KEYS = (NEW,)
    assert decrypt(sealed, owner=1) == "canary"


@pytest.mark.django_db
@pytest.mark.usefixtures("quick_passwords")
def test_with_a_lost_key_a_recovery_code_still_opens_the_account(settings, caplog):
    user = with_second_factor(UserFactory())
    settings.SECRET_KEY = NEW
    assert login(user, code=app_code()).status_code == 401
    assert "SECRET_KEY lacks the key" in caplog.text
    assert login(user, code=RECOVERY).status_code == 200
    with pytest.raises(CommandError, match="1 cannot be read"):
        call_command("reencrypt")
    assert SecondFactor.objects.count() == 1, "it stays, for when the key is found"


@pytest.mark.django_db
@pytest.mark.usefixtures("quick_passwords")
def test_a_new_key_seals_all_and_the_old_one_may_go(settings, capsys):
    user, old = with_second_factor(UserFactory()), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [old]
    assert login(user, code=app_code(steps=-1)).status_code == 200, "the old key still reads"
    call_command("reencrypt")
    assert capsys.readouterr().out == "1 sealed anew\n"
    settings.SECRET_KEY_FALLBACKS = []
    assert login(user, code=app_code()).status_code == 200
