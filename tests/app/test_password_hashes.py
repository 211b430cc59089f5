"""How passwords are kept and compared: an answer and its time tell nothing of an account."""

import statistics
import time

import pytest
from django.contrib.auth import hashers
from django.contrib.auth.hashers import PBKDF2PasswordHasher, identify_hasher
from rest_framework.test import APIClient

from accounts.auth.login.services import password_fingerprint, open_session
from accounts.models import User
from factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/auth/"


@pytest.fixture
def user():
    return UserFactory()


def login(user, password, **more):
    return APIClient().post(f"{URL}login/", {"email": user.email, "password": password, **more})


def test_a_pbkdf2_hash_is_accepted_and_upgraded_to_argon2id(user):
    old = PBKDF2PasswordHasher().encode(PASSWORD, "saltsaltsalt", iterations=1000)
    User.objects.filter(pk=user.pk).update(password=old)
    assert login(user, "wrong").status_code == 401
    user.refresh_from_db()
    assert user.password == old
    assert login(user, PASSWORD).status_code == 200
    user.refresh_from_db()
    assert identify_hasher(user.password).algorithm == "argon2"
    assert user.password.startswith("argon2$argon2id$") and user.check_password(PASSWORD)
    session = open_session(user)
    assert session.access and password_fingerprint(user), "the session is bound to the new hash"
    assert login(user, PASSWORD).status_code == 200


def test_unknown_and_wrong_get_the_same_answer_for_the_same_work(user, monkeypatch):
    class Counting(hashers.Argon2PasswordHasher):
        runs = 0

        def encode(self, *args, **options):
            type(self).runs += 1
            return super().encode(*args, **options)

        def verify(self, *args, **options):
            type(self).runs += 1
            return super().verify(*args, **options)

    counting = Counting()
    monkeypatch.setattr(hashers, "get_hashers", lambda: [counting])
    monkeypatch.setattr(hashers, "get_hasher", lambda algorithm="default": counting)
    monkeypatch.setattr(hashers, "identify_hasher", lambda encoded: counting)
    answers = []
    for email in (user.email, "nobody@example.com"):
        Counting.runs = 0
        answers.append(APIClient().post(f"{URL}login/", {"email": email, "password": "wrong"}))
        assert Counting.runs == 1, email
    first, second = ({**each.json(), "request_id": ""} for each in answers)
    assert first == second and answers[0].status_code == answers[1].status_code == 401
    assert sorted(answers[0].headers) == sorted(answers[1].headers)


def test_unknown_and_wrong_take_the_same_time(user):
    def took(email):
        began = time.perf_counter()
        assert APIClient().post(f"{URL}login/", {"email": email, "password": "wrong"})
        return time.perf_counter() - began

    known, unknown = [], []
    for _ in range(5):  # in turns: what else the machine does falls on both
        known.append(took(user.email))
        unknown.append(took("nobody@example.com"))
    ratio = statistics.median(known) / statistics.median(unknown)
    assert 1 / 3 < ratio < 3, f"{known} against {unknown}"


def test_a_disabled_account_is_answered_as_an_unknown_one(user):
    User.objects.filter(pk=user.pk).update(is_active=False)
    answers = [login(user, PASSWORD), login(User(email="nobody@example.com"), PASSWORD)]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]
