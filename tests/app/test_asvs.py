"""Promises of docs/asvs.md about pages and passwords that no other test shows."""

import datetime
from pathlib import Path

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.auth.passwords.validators import forbidden_words
from accounts.models import User
from factories import PASSWORD, NoteFactory, UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/auth/"
SCRIPT = "<script>alert(1)</script>"


def log_in(password, *, user):
    return APIClient().post(f"{URL}login/", {"email": user.email, "password": password})


def test_a_text_is_a_text_on_a_page_too(as_user):
    """3.2.2"""
    client = as_user(NoteFactory(title=SCRIPT).owner)
    page = client.get("/api/v1/notes/", headers={"accept": "text/html"}).content.decode()
    assert "alert(1)" in page and SCRIPT not in page


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("path", ["login/", "refresh/", "logout/"])
def test_form_encoded_bodies_are_refused(api, kind, path):
    """3.5.1 and 3.5.2: bodies that need no preflight are not JSON, and are refused."""
    body = '{"email": "a@example.com", "password": "p", "cookies": true}'
    answer = api.generic("POST", f"{URL}{path}", body, content_type=kind)
    assert answer.status_code == 415 and not answer.cookies


@pytest.mark.parametrize("path", ["login/", "refresh/", "logout/", "logout/everywhere/"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_a_safe_method_changes_nothing(as_user, path, method):
    """3.5.3"""
    client = as_user(UserFactory())
    assert getattr(client, method)(f"{URL}{path}").status_code == 405
    assert client.get(f"{URL}me/").status_code == 200


def test_scripts_ignore_messages_of_other_windows():
    """3.5.5"""
    scripts = list(Path("/srv/app/pages/static").rglob("*.js"))
    assert len(scripts) >= 2
    for script in scripts:
        text = script.read_text()
        assert "postMessage" not in text and '"message"' not in text and "onmessage" not in text


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_a_login_leads_to_our_own_pages_only(client, away):
    """3.7.2"""
    user = UserFactory(is_staff=True)
    given = {"username": user.email, "password": PASSWORD, "next": away}
    answer = client.post(f"/admin/login/?next={away}", given)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("password", ["short7!", "password123", "adm1n-admin", "Upshift2026"])
def test_a_password_that_is_guessed_first_is_refused(password):
    """6.2.1, 6.2.4, 6.2.11 and 6.2.12"""
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize(
    "password",
    ["94018275036182", "änderung für jede", "all small letters", " . . . . . . . .", "x" * 200],
)
def test_any_character_and_length_is_accepted(password):
    """6.2.5 and 6.2.9"""
    validate_password(password)
    user = UserFactory.build()
    user.set_password(password)
    user.save()
    assert log_in(password, user=user).status_code == 200


def test_a_password_is_checked_as_it_was_typed():
    """6.2.8"""
    user = UserFactory.build()
    user.set_password("  Two Spaces  ")
    user.save()
    assert log_in("  Two Spaces  ", user=user).status_code == 200
    for other in ("Two Spaces", "  two spaces  ", "  Two Spaces  x", "  Two Space"):
        assert log_in(other, user=user).status_code == 401


def test_passwords_do_not_expire():
    """6.2.10"""
    long_ago = timezone.now() - datetime.timedelta(days=3650)
    user = UserFactory()
    User.objects.filter(pk=user.pk).update(created_at=long_ago, last_login=long_ago)
    assert log_in(PASSWORD, user=user).status_code == 200


def test_passwords_of_service_names_are_refused(settings):
    """6.1.2"""
    settings.ALLOWED_HOSTS = [".api.greenhouse.example"]
    assert {"upshift", "admin", "greenhouse"} <= forbidden_words()
    with pytest.raises(ValidationError, match="own names"):
        validate_password("Greenhouse!2026")
    validate_password("the greenhouse stands in the garden")


def test_a_new_service_has_no_account_and_no_account_has_a_question():
    """6.3.2 and 6.4.2"""
    assert User.objects.count() == 0
    names = {field.name for field in User._meta.get_fields()}
    assert "password" in names
    assert not [name for name in names if "question" in name or "hint" in name]
