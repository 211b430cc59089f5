"""OWASP ASVS 5.0: the admin, and the end of sessions. See docs/asvs.md."""

import pytest
from django.conf import settings as configured
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.auth.login.services import log_out_everywhere
from accounts.models import User
from factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/auth/"


@pytest.fixture
def desk(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def fields(user, **changed):
    given = {"email": user.email, "name": user.name, "is_active": "on", **changed}
    return {name: value for name, value in given.items() if value is not None}


def me(client):
    return client.get(f"{URL}me/").status_code


def test_a_login_in_a_browser_ends_the_session_that_it_had(as_user):
    """7.2.4"""
    user = UserFactory()
    elsewhere = as_user(user)
    browser = APIClient(headers={"Sec-Fetch-Site": "same-origin"})
    given = {"email": user.email, "password": PASSWORD, "cookies": True}
    assert browser.post(f"{URL}login/", given).status_code == 200
    first = browser.cookies["__Host-access"].value
    wrong = browser.post(f"{URL}login/", {**given, "password": "wrong"})
    assert (
        wrong.status_code == 401 and me(browser) == 200
    ), "a failed login does not end the session"
    assert browser.post(f"{URL}login/", given).status_code == 200
    assert me(browser) == me(elsewhere) == 200
    old = APIClient(headers={"Authorization": f"Bearer {first}"})
    assert me(old) == 401


def test_deactivation_in_the_admin_ends_all_sessions(desk, as_user):
    """7.4.2"""
    user, other = UserFactory(), UserFactory()
    theirs, others = as_user(user), as_user(other)
    address = reverse("admin:accounts_user_change", args=[user.pk])
    assert desk.post(address, fields(user, name="New")).status_code == 302
    assert me(theirs) == 200, "a changed name does not end the session"
    assert desk.post(address, fields(user, is_active=None)).status_code == 302
    assert [me(theirs), me(others)] == [401, 200]


def test_deletion_in_the_admin_ends_all_sessions(desk, as_user):
    """7.4.2"""
    one, two = UserFactory(), UserFactory()
    first, second = as_user(one), as_user(two)
    removed = desk.post(reverse("admin:accounts_user_delete", args=[one.pk]), {"post": "yes"})
    given = {"action": "delete_selected", "_selected_action": [two.pk], "post": "yes"}
    assert removed.status_code == 302
    assert desk.post(reverse("admin:accounts_user_changelist"), given).status_code == 302
    assert User.objects.filter(pk__in=[one.pk, two.pk]).count() == 0
    assert [me(first), me(second)] == [401, 401]


def test_sessions_are_ended_in_the_admin(desk, as_user):
    """7.4.5"""
    user, other = UserFactory(), UserFactory()
    log_out_everywhere(user.pk)  # an earlier run's account may have had the same number
    theirs, others = [as_user(user), as_user(user)], as_user(other)
    given = {"action": "end_sessions", "_selected_action": [user.pk]}
    answer = desk.post(reverse("admin:accounts_user_changelist"), given, follow=True)
    assert [str(said) for said in answer.context["messages"]] == ["2 sessions were ended."]
    assert [me(client) for client in (*theirs, others)] == [401, 401, 200]


def test_without_redis_an_account_is_not_changed(desk, settings):
    user = UserFactory()
    settings.AUTH_STORE_URL = "redis://:canary-password@127.0.0.1:1/2"
    desk.raise_request_exception = False
    address = reverse("admin:accounts_user_change", args=[user.pk])
    answer = desk.post(address, fields(user, is_active=None))
    assert answer.status_code == 503 and b"canary" not in answer.content
    user.refresh_from_db()
    assert user.is_active


def test_every_page_of_the_admin_shows_the_way_out(desk):
    """7.4.4"""
    for name in ("index", "accounts_user_changelist", "notes_note_add"):
        assert 'id="logout-form"' in desk.get(reverse(f"admin:{name}")).content.decode()


def test_the_address_of_an_account_is_not_changed_by_who_is_only_logged_in(as_user):
    """7.5.1"""
    client = as_user(UserFactory())
    for method in ("patch", "put", "post"):
        answer = getattr(client, method)(f"{URL}me/", {"email": "other@example.com"})
        assert answer.status_code == 405


def test_the_admins_session_lasts_a_working_day(client):
    """7.1.1 and 7.3.2"""
    user = UserFactory(is_staff=True)
    given = {"username": user.email, "password": PASSWORD}
    assert client.post("/admin/login/", given).status_code == 302
    cookie = client.cookies[configured.SESSION_COOKIE_NAME]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["max-age"] == ""
    assert 8 * 3600 - 60 < client.session.get_expiry_age() <= 8 * 3600
