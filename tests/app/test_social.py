"""A login by way of a provider, against a real one: PKCE, state, nonce, and whose address it is."""

import json
import secrets
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from accounts import providers
from accounts.models import Identity, User
from accounts.sessions import store
from config.env import ConfigurationError
from config.settings import social as given
from config.settings.social import Provider
from factories import UserFactory
from provider import provider
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
URL = "/api/v1/auth/social/"


@pytest.fixture(scope="module")
def idp():
    with provider() as running:
        yield running


@pytest.fixture
def known(idp, settings):
    """The provider, trusted or not."""

    def put(trusted=True):
        one = Provider(
            name="one",
            issuer=idp.issuer,
            client_id="us",
            client_secret="canary-secret",
            trusted=trusted,
        )
        settings.SOCIAL_PROVIDERS = {"one": one, "two": one}

    put()
    return put


@pytest.fixture
def sub(idp):
    """Somebody whom the provider knows, with an address that it vouches for."""
    name = f"sub-{secrets.token_hex(4)}"
    idp.knows(name, email=f"{name}@Example.com", email_verified=True, name="Ada")
    return name


@pytest.fixture
def browser(known):
    return APIClient()


def begin(browser, name="one"):
    answer = browser.get(f"{URL}{name}/")
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def back(browser, query, name="one"):
    return browser.get(f"{URL}{name}/back/", query)


def go(browser, idp, sub):
    return back(browser, idp.log_in(begin(browser), sub=sub))


def refused(answer, words):
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert words in answer.json()["detail"] and "__Host-access" not in answer.cookies


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
    refused(go(browser, idp, sub), "does not vouch")
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
    refused(go(APIClient(), idp, sub), "closed")


def test_a_wrong_or_missing_state_is_refused(browser, idp, sub):
    query = idp.log_in(begin(browser), sub=sub)
    for state in ("wrong", ""):
        assert back(browser, {**query, "state": state}).status_code == 403
    assert back(browser, query).status_code == 302, "what was wrong has used nothing up"


def test_another_browser_cannot_finish_what_it_has_not_begun(browser, idp, sub):
    query = idp.log_in(begin(browser), sub=sub)
    refused(back(APIClient(), query), "no login that this browser has begun")
    refused(back(browser, query), "no login that this browser has begun")  # it was tried: over


def test_a_login_begun_with_one_provider_is_not_finished_with_another(browser, idp, sub):
    query = idp.log_in(begin(browser), sub=sub)
    refused(back(browser, query, name="two"), "no login that this browser has begun")


def test_a_code_is_good_once(browser, idp, sub):
    query = idp.log_in(begin(browser), sub=sub)
    assert back(browser, query).status_code == 302
    refused(back(browser, query), "no login that this browser has begun")
    other = idp.log_in(begin(browser), sub=sub)
    refused(back(browser, {**other, "code": query["code"]}), "no proof")


def kept(query):
    """What is kept of a login between its two steps."""
    return f"note:social:{query['state']}"


def altered(query, **change):
    note = json.loads(store()._redis.get(kept(query)))
    store()._redis.set(kept(query), json.dumps({**note, **change}))


@pytest.mark.parametrize("verifier", ["", "x" * 64])
def test_without_the_pkce_verifier_a_code_is_worth_nothing(browser, idp, sub, verifier):
    query = idp.log_in(begin(browser), sub=sub)
    altered(query, verifier=verifier)
    refused(back(browser, query), "no proof")


def test_an_answer_to_another_nonce_is_refused(browser, idp, sub):
    query = idp.log_in(begin(browser), sub=sub)
    altered(query, nonce="another")
    refused(back(browser, query), "no proof")


def test_a_token_for_another_service_or_of_another_issuer_is_refused(browser, idp, sub):
    query = idp.log_in(begin(browser), sub=sub)
    note = json.loads(store()._redis.get(kept(query)))
    place = "http://testserver/api/v1/auth/social/one/back/"
    answer = requests.post(
        f"{idp.issuer}/oauth2/token",
        data={
            "grant_type": "authorization_code",
            "code": query["code"],
            "redirect_uri": place,
            "client_id": "us",
            "client_secret": "canary-secret",
            "code_verifier": note["verifier"],
        },
        timeout=5,
    )
    raw, keys = answer.json()["id_token"], providers._keys(described(idp))
    mine = {"name": "one", "issuer": idp.issuer, "client_id": "us", "client_secret": "s"}
    claims = providers._checked(Provider(**mine), raw=raw, keys=keys, nonce=note["nonce"])
    assert claims["sub"] == sub
    for wrong in ({"client_id": "them"}, {"issuer": "https://evil.example"}):
        with pytest.raises(Exception, match="(?i)invalid"):
            providers._checked(Provider(**mine | wrong), raw=raw, keys=keys, nonce=note["nonce"])
    with pytest.raises(Exception, match="(?i)nonce"):
        providers._checked(Provider(**mine), raw=raw, keys=keys, nonce="another")
    with pytest.raises(Exception, match="(?i)signature"):
        providers._checked(Provider(**mine), raw=raw[:-8] + "AAAAAAAA", keys=keys, nonce="n")


def described(idp):
    return requests.get(f"{idp.issuer}/.well-known/openid-configuration", timeout=5).json()


def test_a_login_is_finished_within_ten_minutes(browser, idp, sub):
    query = idp.log_in(begin(browser), sub=sub)
    assert 0 < store()._redis.ttl(kept(query)) <= 600
    store()._redis.delete(kept(query))
    refused(back(browser, query), "of long ago")


def test_who_says_no_there_is_not_logged_in(browser):
    begin(browser)
    refused(back(browser, {"error": "access_denied", "state": "x"}), "not logged in there")


def test_an_unknown_provider_is_not_there(browser):
    assert browser.get(f"{URL}three/").status_code == 404
    assert back(browser, {"state": "s", "code": "c"}, name="three").status_code == 404


def test_a_provider_that_is_away_is_said_to_be(browser, settings):
    gone = Provider(name="one", issuer="http://127.0.0.1:1", client_id="us", client_secret="c")
    settings.SOCIAL_PROVIDERS = {"one": gone}
    answer = browser.get(f"{URL}one/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert "provider cannot be reached" in answer.json()["detail"]


def test_without_redis_no_login_begins_or_ends(browser, idp, sub, settings):
    query = idp.log_in(begin(browser), sub=sub)
    settings.AUTH_STORE_URL = "redis://:canary-password@127.0.0.1:1/2"
    assert [browser.get(f"{URL}one/").status_code, back(browser, query).status_code] == [503, 503]


def test_beginnings_are_limited(browser, settings):
    settings.RATES = {**settings.RATES, "login_address": "2/h"}
    assert [browser.get(f"{URL}one/").status_code for _ in range(3)] == [302, 302, 429]


GOOD = {"issuer": "https://id.example.com/", "client_id": "us", "client_secret_file": "FILE"}


def text(tmp_path, **change):
    secret = tmp_path / "secret"
    secret.write_text("canary-secret\n")
    one = {**GOOD, "client_secret_file": str(secret), **change}
    return json.dumps({"one": {name: value for name, value in one.items() if value is not None}})


def test_providers_are_configuration(tmp_path):
    found = given.providers(text(tmp_path, trusted=True))["one"]
    assert (found.issuer, found.client_secret) == ("https://id.example.com", "canary-secret")
    assert found.trusted is True and "canary" not in repr(found)
    assert given.providers(text(tmp_path))["one"].trusted is False


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "http://id.example.com"},
        {"issuer": None},
        {"client_id": ""},
        {"client_secret_file": "/nowhere"},
        {"trusted": "yes"},
        {"client_secret": "in the clear"},
    ],
)
def test_a_provider_that_lacks_something_stops_the_start_and_is_named(tmp_path, change):
    with pytest.raises(ConfigurationError, match="SOCIAL_PROVIDERS"):
        given.providers(text(tmp_path, **change))


@pytest.mark.parametrize("value", ["", "[]", "{", '{"One": {}}', '{"one": 1}'])
def test_what_describes_no_provider_stops_the_start(value):
    with pytest.raises(ConfigurationError, match="SOCIAL_PROVIDERS"):
        given.providers(value)
