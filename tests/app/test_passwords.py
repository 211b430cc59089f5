"""New passwords: forgotten ones by mail, known ones by hand; every other session ends."""

import threading
from collections import Counter
from mailbox import Post

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.email import tokens
from accounts.models import User
from factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/auth/"
NEW = "a fresh and long sentence"


@pytest.fixture
def post():
    return Post()


@pytest.fixture
def user():
    return UserFactory()


def login(user, password, **more):
    return APIClient().post(f"{URL}login/", {"email": user.email, "password": password, **more})


def confirm(token, password=NEW):
    return APIClient().post(f"{URL}password/reset/confirm/", {"token": token, "password": password})


def test_a_forgotten_password_is_reset_by_mail(api, post, user, as_user):
    mine, yours = as_user(user), as_user(UserFactory())
    assert api.post(f"{URL}password/reset/", {"email": user.email}).status_code == 202
    token = post.token()
    assert confirm(token).status_code == 204
    assert [login(user, word).status_code for word in (PASSWORD, NEW)] == [401, 200]
    assert mine.get(f"{URL}me/").status_code == 401, "every session has ended"
    assert yours.get(f"{URL}me/").status_code == 200
    (told,) = post.deliver()
    assert "was changed" in told.subject and told.to == [user.email]


def test_a_reset_token_works_once(user, post):
    first, second = tokens.reset_token(user), tokens.reset_token(user)
    assert [confirm(first).status_code, confirm(first).status_code] == [204, 403]
    assert confirm(second).status_code == 403, "requested before the password changed"


def test_a_reset_confirms_the_address(post):
    user = UserFactory(email_confirmed_at=None)
    assert confirm(tokens.reset_token(user)).status_code == 204
    user.refresh_from_db()
    assert user.email_confirmed_at is not None


def test_a_weak_password_does_not_use_up_the_token(user, post):
    token = tokens.reset_token(user)
    assert confirm(token, "password123").status_code == 400
    assert confirm(token).status_code == 204


def test_a_reset_is_for_one_purpose_one_account_and_an_hour(user, post, monkeypatch):
    newcomer = tokens.Registration(email=user.email, name="")
    assert confirm(tokens.registration_token(newcomer)).status_code == 403
    token = tokens.reset_token(user)
    User.objects.filter(pk=user.pk).update(email="moved@example.com")
    assert confirm(token).status_code == 403
    user.refresh_from_db()
    token = tokens.reset_token(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert confirm(token).status_code == 403
    User.objects.filter(pk=user.pk).update(is_active=True)
    monkeypatch.setattr(tokens, "LIFETIME_SECONDS", -1)
    assert confirm(token).status_code == 403


def test_an_unknown_address_gets_the_same_answer_and_no_mail(api, post):
    known = UserFactory().email
    with CaptureQueriesContext(connection) as asked:
        answers = [
            api.post(f"{URL}password/reset/", {"email": given}) for given in (known, "no@body.com")
        ]
    assert answers[0].content == answers[1].content and answers[0].status_code == 202
    assert not [each for each in asked.captured_queries if "accounts_user" in each["sql"]]
    assert [letter.to for letter in post.deliver()] == [[known]]


@pytest.mark.django_db(transaction=True)
def test_of_ten_concurrent_resets_one_succeeds(user, post, settings):
    settings.PASSWORD_HASHES_AT_ONCE = 4
    token, found, start = tokens.reset_token(user), Counter(), threading.Barrier(4)

    def use(number):
        start.wait()
        found[confirm(token, f"{NEW} {number}").status_code] += 1
        connections.close_all()

    threads = [threading.Thread(target=use, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {204: 1, 403: 3}


def test_a_change_ends_all_other_sessions_and_opens_a_new_one(user, post, as_user):
    other, mine = as_user(user), as_user(user)
    answer = mine.post(f"{URL}password/", {"current": PASSWORD, "password": NEW})
    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
    fresh = {"Authorization": f"Bearer {answer.json()['access']}"}
    statuses = [client.get(f"{URL}me/").status_code for client in (other, mine)]
    assert statuses == [401, 401] and APIClient().get(f"{URL}me/", headers=fresh).status_code == 200
    assert [login(user, word).status_code for word in (PASSWORD, NEW)] == [401, 200]
    assert [letter.subject for letter in post.deliver()] == ["Your password was changed"]


def test_a_browser_gets_its_new_pair_in_cookies(user, post):
    client = APIClient(headers={"Sec-Fetch-Site": "same-origin"})
    client.post(f"{URL}login/", {"email": user.email, "password": PASSWORD, "cookies": True})
    before = client.cookies["__Host-access"].value
    answer = client.post(f"{URL}password/", {"current": PASSWORD, "password": NEW})
    assert set(answer.json()) == {"token_type", "expires_in"}
    assert client.cookies["__Host-access"].value != before
    assert client.get(f"{URL}me/").status_code == 200


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"current": PASSWORD, "password": "short"}, "password"),
        ({"current": PASSWORD}, "password"),
        ({"password": NEW}, "current"),
    ],
)
def test_a_change_that_is_refused_changes_nothing(user, post, as_user, body, wrong):
    mine = as_user(user)
    answer = mine.post(f"{URL}password/", body)
    assert answer.status_code == 400 and set(answer.json()["errors"]) == {wrong}
    assert mine.get(f"{URL}me/").status_code == 200 and login(user, PASSWORD).status_code == 200


def test_a_change_requires_the_current_password(user, post, as_user):
    mine = as_user(user)
    answer = mine.post(f"{URL}password/", {"current": "wrong", "password": NEW})
    assert answer.status_code == 403 and "password is wrong" in answer.json()["detail"]
    assert mine.get(f"{URL}me/").status_code == 200 and login(user, PASSWORD).status_code == 200


def test_guessing_the_current_password_is_limited(user, post, as_user, settings):
    mine = as_user(user)
    settings.RATES = {**settings.RATES, "login_account": "2/h"}
    body = {"current": "wrong", "password": NEW}
    assert [mine.post(f"{URL}password/", body).status_code for _ in range(3)] == [403, 403, 429]


def test_without_redis_the_password_does_not_change(user, post, sessions_unavailable):
    answer = confirm(tokens.reset_token(user))
    assert answer.status_code == 503
    user.refresh_from_db()
    assert user.check_password(PASSWORD), "otherwise old sessions would outlive the password"
