"""Changes of a second factor that are refused, and have no effect."""

import pytest
from django.contrib.auth.hashers import make_password

from accounts.models import SecondFactor
from core.api.exceptions import Unavailable
from factories import PASSWORD, UserFactory, app_code, with_second_factor
from own_factor import HERE, OFF, begin, client_of, confirm, login, state
from parallel import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def mine(user, as_user):
    return as_user(user)


def test_a_second_begin_replaces_the_secret(mine):
    first, second = begin(mine), begin(mine)
    assert first != second
    assert confirm(mine, app_code(first)).status_code == 403
    assert confirm(mine, app_code(second)).status_code == 200


def test_the_code_that_confirms_does_not_log_in_too(user, mine):
    code = app_code(begin(mine))
    assert confirm(mine, code).status_code == 200
    assert login(user, code=code).status_code == 401


def test_setup_is_refused_while_it_is_on(user, mine):
    secret = begin(mine)
    client = client_of(confirm(mine, app_code(secret)))
    for answer in (
        confirm(client, app_code(secret, steps=1)),
        client.post(f"{HERE}begin/", {"password": PASSWORD}),
    ):
        assert answer.status_code == 409 and "Turn it off" in answer.json()["detail"]
    assert login(user, code=app_code(secret, steps=1)).status_code == 200, "the same secret"


def test_changes_are_refused_before_the_setup(mine):
    both = {"password": PASSWORD, "code": "123456"}
    for path, body in (("confirm", {"code": "123456"}), ("recovery-codes", both), ("off", both)):
        assert mine.post(f"{HERE}{path}/", body).status_code == 409


def test_a_closed_account_sets_up_nothing(user, mine):
    begin(mine)
    user.is_active = False
    user.save()
    for answer in (
        mine.get(HERE),
        mine.post(f"{HERE}begin/", {"password": PASSWORD}),
        confirm(mine, app_code()),
    ):
        assert answer.status_code == 401 and "session has ended" in answer.json()["detail"]


def test_a_wrong_password_begins_nothing(mine):
    answer = mine.post(f"{HERE}begin/", {"password": "wrong"})
    assert answer.status_code == 403 and "password is wrong" in answer.json()["detail"]
    assert not SecondFactor.objects.exists()


def test_an_account_without_a_password_is_told_to_choose_one(as_user):
    answer = as_user(UserFactory(password=make_password(None))).post(
        f"{HERE}begin/", {"password": "any"}
    )
    assert answer.status_code == 403 and "no password" in answer.json()["detail"]


def test_input_is_strict(mine):
    for path, body, wrong in (
        ("begin", {}, "password"),
        ("begin", {"password": PASSWORD, "more": 1}, "more"),
        ("confirm", {"code": 123456}, "code"),
        ("off", {"password": PASSWORD}, "code"),
        ("recovery-codes", {"code": "123456"}, "password"),
    ):
        answer = mine.post(f"{HERE}{path}/", body)
        assert answer.status_code == 400 and set(answer.json()["errors"]) == {wrong}


@pytest.mark.parametrize("path", ["recovery-codes", "off"])
def test_the_error_does_not_say_which_factor_is_wrong(user, as_user, path):
    mine, told = as_user(with_second_factor(user)), []
    code = app_code()
    for password, shown in (("wrong", code), (PASSWORD, "000000"), ("wrong", "000000")):
        answer = mine.post(f"{HERE}{path}/", {"password": password, "code": shown})
        told.append((answer.status_code, answer.json()["detail"]))
    assert len(set(told)) == 1 and told[0][0] == 403
    assert login(user, code=code).status_code == 200, "nothing was used up, and it is on"
    answer = mine.post(f"{HERE}{path}/", {"password": PASSWORD, "code": code})
    assert answer.status_code == 403, "a code of a login is used"


def test_without_redis_nothing_changes(user, mine, settings, monkeypatch):
    secret = begin(mine)
    monkeypatch.setattr("accounts.auth.sessions.store.SessionStore.end_all", _away)
    assert confirm(mine, app_code(secret)).status_code == 503
    assert state(mine) == OFF and login(user).status_code == 200


def _away(*args, **options):
    raise Unavailable()


def test_guessing_is_limited_at_every_step(user, mine, settings):
    begin(mine)
    settings.RATES = {**settings.RATES, "code_account": "2/h"}
    assert [confirm(mine, "000000").status_code for _ in range(3)] == [403, 403, 429]
    settings.RATES = {**settings.RATES, "login_account": "2/h"}
    found = [mine.post(f"{HERE}begin/", {"password": "wrong"}).status_code for _ in range(3)]
    assert 429 in found and 200 not in found


@pytest.mark.django_db(transaction=True)
def test_of_two_who_confirm_at_once_one_gets_the_codes(as_user):
    user = UserFactory()
    one, two = as_user(user), as_user(user)
    code = app_code(begin(one))
    found = at_once(*[lambda client=each: confirm(client, code).status_code for each in (one, two)])
    assert 200 in found and set(found) <= {200, 409, 401} and found.count(200) == 1
