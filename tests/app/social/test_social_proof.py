"""What a login by way of a provider must prove: state, PKCE, nonce, and the token's audience."""

import json

import pytest
import requests
from rest_framework.test import APIClient
from steps import URL, back, begin, refused

from accounts.auth.sessions import store
from accounts.social.provider import Provider
from accounts.social.services import providers

pytestmark = pytest.mark.django_db


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
