"""A login at a real OpenID provider: which account it opens."""

from urllib.parse import parse_qs, urlsplit

import pytest
from rest_framework.test import APIClient
from steps import URL, begin, go, refused

from accounts.models import Identity, User
from factories import UserFactory

pytestmark = pytest.mark.django_db


def test_a_newcomer_gets_an_account_and_the_cookies(browser, idp, sub):
    answer = go(browser, idp, sub)
    assert (answer.status_code, answer["Location"]) == (302, "/"), answer.content
    assert answer["Cache-Control"] == "no-store" and answer.cookies["__Host-social"].value == ""
    me = browser.get("/api/v1/auth/me/").json()
    assert (me["email"], me["name"]) == (f"{sub}@example.com", "Ada")
    assert me["email_confirmed"] is True
    user = User.objects.get(pk=me["id"])
    assert not user.has_usable_password() and user.identities.get().subject == sub


def test_it_asks_with_pkce_state_and_nonce_and_binds_the_browser(browser):
    answer = browser.get(f"{URL}one/")
    asked = {key: value[0] for key, value in parse_qs(urlsplit(answer["Location"]).query).items()}
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43 and len(asked["state"]) >= 43 <= len(asked["nonce"])
    assert asked["redirect_uri"].endswith("/api/v1/auth/social/one/back/")
    assert "openid" in asked["scope"].split() and "canary" not in answer["Location"]
    cookie = answer.cookies["__Host-social"]
    assert cookie["httponly"] and cookie["secure"] and cookie["samesite"] == "Lax"
    assert cookie.value not in answer["Location"], "the provider never learns it"
    again = parse_qs(urlsplit(begin(browser)).query)
    assert again["state"] != [asked["state"]] and again["nonce"] != [asked["nonce"]]


def test_the_second_login_is_the_same_account_whatever_its_address(browser, idp, sub):
    go(browser, idp, sub)
    idp.knows(sub, email="moved@example.com", email_verified=False)
    assert go(browser, idp, sub).status_code == 302
    assert Identity.objects.filter(subject=sub).count() == 1
    assert browser.get("/api/v1/auth/me/").json()["email"] == f"{sub}@example.com"


def test_a_confirmed_account_is_linked_by_a_verified_address(browser, idp, sub):
    user = UserFactory(email=f"{sub}@example.com")
    assert go(browser, idp, sub).status_code == 302
    assert user.identities.get().provider == "one"
    assert browser.get("/api/v1/auth/me/").json()["id"] == user.pk


@pytest.mark.parametrize("claims", [{"email_verified": False}, {"email_verified": "true"}, {}])
def test_an_unverified_address_opens_and_links_nothing(browser, idp, sub, claims):
    user = UserFactory(email=f"{sub}@example.com")
    idp.knows(sub, email=user.email, **claims)
    refused(go(browser, idp, sub), "has not verified")
    assert not Identity.objects.filter(subject=sub).exists()


def test_a_provider_that_is_not_trusted_opens_and_links_nothing(browser, idp, sub, known):
    known(trusted=False)
    UserFactory(email=f"{sub}@example.com")
    refused(go(browser, idp, sub), "not trusted")
    idp.knows("other", email="other@example.com", email_verified=True)
    refused(go(browser, idp, "other"), "not trusted")
    assert not Identity.objects.exists()


def test_an_account_whose_address_is_unconfirmed_is_not_linked(browser, idp, sub):
    UserFactory(email=f"{sub}@example.com", email_confirmed_at=None)
    refused(go(browser, idp, sub), "not confirmed")
    assert not Identity.objects.exists()


def test_a_closed_account_stays_closed(browser, idp, sub):
    go(browser, idp, sub)
    User.objects.filter(email=f"{sub}@example.com").update(is_active=False)
    refused(go(APIClient(), idp, sub), "inactive")
