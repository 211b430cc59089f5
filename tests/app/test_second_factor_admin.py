"""The admin's login requires the code, and its action removes a lost second factor."""

import re
from mailbox import Post

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.mfa.services import remove
from accounts.models import SecondFactor
from factories import PASSWORD, RECOVERY, UserFactory, app_code, with_second_factor
from own_factor import HERE, login, state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
PLACE = "/admin/login/"
LIST = "admin:accounts_user_changelist"


@pytest.fixture
def staff():
    return UserFactory(is_staff=True)


@pytest.fixture
def desk(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def enter(client, user, **more):
    return client.post(PLACE, {"username": user.email, "password": PASSWORD, **more})


def said(answer):
    assert answer.status_code == 200, "the form again"
    return " ".join(answer.context["form"].non_field_errors())


def test_the_form_has_a_field_for_the_code_and_nothing_inline(client):
    page = client.get(PLACE).content.decode()
    assert 'autocomplete="one-time-code"' in page and 'for="id_code"' in page
    assert 'aria-describedby="id_code_helptext"' in page and 'id="id_code_helptext"' in page
    assert "style=" not in page and "onclick" not in page


def test_without_a_second_factor_the_field_stays_empty(client, staff):
    assert enter(client, staff, code="").status_code == 302


def test_the_code_is_asked_for_and_taken_once(client, staff):
    with_second_factor(staff)
    code = app_code()
    assert "has a second factor" in said(enter(client, staff))
    assert client.get("/admin/").status_code == 302, "no partial login is stored"
    assert enter(client, staff, code=code).status_code == 302
    assert client.get("/admin/").status_code == 200
    client.logout()
    assert "correct" in said(enter(client, staff, code=code))


def test_a_recovery_code_opens_it_too(client, staff):
    with_second_factor(staff)
    assert enter(client, staff, code=RECOVERY).status_code == 302


def test_a_wrong_code_is_answered_as_a_wrong_password(client, staff):
    with_second_factor(staff)
    told = {
        said(enter(client, staff, code="000000")),
        said(enter(client, staff, code="AAAA")),
        said(enter(client, staff, password="wrong")),
        said(enter(client, staff, password="wrong", code=app_code())),
        said(enter(client, UserFactory(), code="000000")),
    }
    assert len(told) == 1 and client.get("/admin/").status_code == 302


def test_an_owner_who_is_not_of_the_staff_is_not_asked_for_a_code(client):
    user = with_second_factor(UserFactory())
    assert said(enter(client, user)) == said(enter(client, UserFactory()))


def test_guessing_codes_is_limited(client, staff, settings):
    with_second_factor(staff)
    settings.RATES = {**settings.RATES, "code_account": "2/h"}
    found = [enter(client, staff, code="000000").status_code for _ in range(3)]
    assert found == [200, 200, 429]


def test_the_admins_session_ends_with_a_new_factor(client, staff):
    assert enter(client, staff).status_code == 302
    with_second_factor(staff)
    assert client.get("/admin/").status_code == 302


def test_a_new_secret_key_ends_no_session_of_the_admin(client, staff, settings):
    with_second_factor(staff)
    assert enter(client, staff, code=app_code()).status_code == 302
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]
    assert client.get("/admin/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get("/admin/").status_code == 200, "its hash uses the new key by now"


def test_the_admin_shows_no_secret(desk):
    user = with_second_factor(UserFactory())
    plain = UserFactory()
    page = desk.get(reverse(LIST)).content.decode()
    cells = re.findall(r'field-has_second_factor"><img [^>]*icon-(yes|no)', page)
    assert sorted(cells) == ["no", "no", "yes"], "the admin's own, the user's and the other's"
    only = desk.get(reverse(LIST), {"second_factor_at__isempty": "0"}).content.decode()
    assert user.email in only and plain.email not in only
    page = desk.get(reverse("admin:accounts_user_change", args=[user.pk])).content.decode()
    assert "Second factor since" in page and SecondFactor.objects.get().secret not in page


def test_a_removal_is_logged_and_mailed_to_the_owner(desk, as_user):
    user, plain, post = with_second_factor(UserFactory()), UserFactory(), Post()
    theirs, others = as_user(user), as_user(plain)
    given = {"action": "remove_second_factor", "_selected_action": [user.pk, plain.pk]}
    answer = desk.post(reverse(LIST), given, follow=True)
    assert [str(each) for each in answer.context["messages"]] == ["1 second factors were removed."]
    assert [each.get(HERE).status_code for each in (theirs, others)] == [401, 200]
    assert not SecondFactor.objects.exists() and login(user).status_code == 200
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.change_message) == (
        str(user.pk),
        "Removed the second factor.",
    )
    (letter,) = post.deliver()
    assert letter.to == [user.email] and "was removed" in letter.subject


def test_a_removal_from_an_inactive_account_sends_no_mail(desk):
    user, post = with_second_factor(UserFactory(is_active=False)), Post()
    given = {"action": "remove_second_factor", "_selected_action": [user.pk]}
    desk.post(reverse(LIST), given)
    assert not SecondFactor.objects.exists() and post.deliver() == []
    assert remove(user.pk) is False and remove(0) is False, "there is none to remove"


def test_view_permission_does_not_permit_removal(client):
    looks = UserFactory(is_staff=True)
    looks.user_permissions.add(Permission.objects.get(codename="view_user"))
    client.force_login(looks)
    user = with_second_factor(UserFactory())
    given = {"action": "remove_second_factor", "_selected_action": [user.pk]}
    client.post(reverse(LIST), given, follow=True)
    assert SecondFactor.objects.count() == 1


def test_deleting_an_account_deletes_its_second_factor(desk, as_user):
    user = with_second_factor(UserFactory())
    assert state(as_user(user))["on"]
    address = reverse("admin:accounts_user_delete", args=[user.pk])
    assert desk.post(address, {"post": "yes"}).status_code == 302
    assert not SecondFactor.objects.exists()
