"""The admin: each action asks for a permission, and rights that are taken back are gone at once."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse
from rest_framework.permissions import IsAdminUser
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from accounts.models import Identity, User
from factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
ME = "/api/v1/auth/me/"


def actions():
    """Every action of every model in the admin."""
    for model, own in admin.site._registry.items():
        for function, name, _ in own._get_base_actions():
            yield pytest.param(function, id=f"{model._meta.label}-{name}")


@pytest.mark.parametrize("function", list(actions()))
def test_each_action_names_the_permission_that_it_needs(function):
    """Without one Django offers it to all of the staff who may see the list."""
    assert getattr(function, "allowed_permissions", None), f"{function} needs permissions=[...]"


def test_the_walk_has_found_our_own_actions():
    names = {each.id for each in actions()}
    assert {"accounts.User-end_sessions", "accounts.User-remove_second_factor"} <= names
    assert "outbox.Message-try_again" in names


@pytest.fixture
def helpdesk(client):
    """Somebody of the staff who may do something with accounts, and is no superuser."""

    def enter(*names):
        user = UserFactory(is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=names))
        client.force_login(user)
        return client

    return enter


def act(client, action, *users):
    given = {"action": action, "_selected_action": [user.pk for user in users]}
    return client.post(reverse("admin:accounts_user_changelist"), given)


def test_who_may_only_look_ends_no_session(helpdesk, as_user):
    owner = UserFactory()
    theirs, desk = as_user(owner), helpdesk("view_user")
    page = desk.get(reverse("admin:accounts_user_changelist"))
    assert page.status_code == 200 and b"end_sessions" not in page.content
    act(desk, "end_sessions", owner)
    assert theirs.get(ME).status_code == 200


def test_who_may_change_accounts_ends_sessions_but_no_superusers(helpdesk, as_user):
    owner, root = UserFactory(), UserFactory(is_staff=True, is_superuser=True)
    theirs, roots, desk = as_user(owner), as_user(root), helpdesk("view_user", "change_user")
    act(desk, "end_sessions", owner, root)
    assert [theirs.get(ME).status_code, roots.get(ME).status_code] == [401, 200]


def test_who_may_change_accounts_gives_nobody_a_right(helpdesk):
    """Else each of them were a superuser, one form away."""
    desk, user = helpdesk("view_user", "change_user"), UserFactory()
    address = reverse("admin:accounts_user_change", args=[user.pk])
    page = desk.get(address).content
    assert b'name="email"' in page and b'name="is_superuser"' not in page
    given = {"email": user.email, "name": "New", "is_active": "on"}
    wanted = {"is_staff": "on", "is_superuser": "on", "user_permissions": ["1"]}
    assert desk.post(address, {**given, **wanted}).status_code == 302
    user.refresh_from_db()
    assert user.name == "New" and not user.is_staff and not user.is_superuser
    assert not user.user_permissions.exists()


def test_who_may_change_accounts_changes_no_superuser(helpdesk):
    desk = helpdesk("view_user", "change_user", "delete_user")
    root = UserFactory(is_staff=True, is_superuser=True)
    address = reverse("admin:accounts_user_change", args=[root.pk])
    given = {"email": "mine@example.com", "name": "", "is_active": "on"}
    assert desk.post(address, given).status_code == 403
    removal = reverse("admin:accounts_user_delete", args=[root.pk])
    assert desk.post(removal, {"post": "yes"}).status_code == 403
    act(desk, "delete_selected", root)
    assert User.objects.get(pk=root.pk).email == root.email


def test_nobody_links_a_login_to_an_account_by_hand(helpdesk):
    desk = helpdesk("view_identity", "add_identity", "change_identity")
    root = UserFactory(is_superuser=True)
    given = {"user": root.pk, "provider": "one", "subject": "mine"}
    assert desk.post(reverse("admin:accounts_identity_add"), given).status_code == 403
    theirs = Identity.objects.create(user=root, provider="one", subject="theirs")
    address = reverse("admin:accounts_identity_change", args=[theirs.pk])
    assert desk.post(address, given).status_code == 403
    assert Identity.objects.get().subject == "theirs"


class ForStaff(APIView):
    """An address as a project may have one."""

    permission_classes = (IsAdminUser,)

    def get(self, request):
        return Response({"staff": request.user.is_staff})


@pytest.fixture
def urls_with_one_for_staff(settings, monkeypatch):
    from django.urls import clear_url_caches, path

    from config import urls

    monkeypatch.setattr(urls, "urlpatterns", [path("staff/", ForStaff.as_view())])
    clear_url_caches()
    settings.ROOT_URLCONF = "config.urls"
    yield
    clear_url_caches()


def by_save(user, **values):
    for name, value in values.items():
        setattr(user, name, value)
    user.save()


def by_fields(user, **values):
    for name, value in values.items():
        setattr(user, name, value)
    user.save(update_fields=list(values))


def by_update(user, **values):
    User.objects.filter(pk=user.pk).update(**values)


WAYS = [by_save, by_fields, by_update]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("right", ["is_staff", "is_active"])
def test_a_right_that_is_taken_back_ends_the_sessions_at_once(as_user, way, right):
    user, other = UserFactory(is_staff=True), UserFactory(is_staff=True)
    theirs, others = as_user(user), as_user(other)
    way(user, **{right: False})
    assert [theirs.get(ME).status_code, others.get(ME).status_code] == [401, 200]


@pytest.mark.parametrize("way", WAYS)
def test_another_change_ends_nothing(as_user, way):
    user = UserFactory(is_staff=True)
    theirs = as_user(user)
    way(user, name="New")
    way(user, is_staff=True)
    assert theirs.get(ME).status_code == 200


def test_a_right_is_not_taken_back_where_the_sessions_cannot_be_asked(settings):
    """Else the account would go on with it, unseen."""
    user, here = UserFactory(is_staff=True), settings.AUTH_STORE_URL
    settings.AUTH_STORE_URL = "redis://:canary-password@127.0.0.1:1/2"
    for way in WAYS:
        with pytest.raises(Exception, match="Sessions cannot be checked"):
            way(user, is_staff=False)
        user.refresh_from_db()
        assert user.is_staff
    settings.AUTH_STORE_URL = here


def test_a_token_is_not_believed_about_the_staff(as_user, urls_with_one_for_staff):
    """Also after a change by hand, which no code of ours has seen."""
    from django.db import connection

    user = UserFactory(is_staff=True)
    client = as_user(user)
    assert client.get("/staff/").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET is_staff = false WHERE id = %s", [user.pk])
    assert client.get("/staff/").status_code == 403
    assert as_user(UserFactory()).get("/staff/").status_code == 403
    assert APIClient().get("/staff/").status_code == 401
