"""The proofs of a login at a provider: state, PKCE, nonce, and the token's audience."""

import json

import pytest
import requests
from rest_framework.test import APIClient
from steps import URL, back, begin, refused

from accounts.auth.sessions.store import session_store
from accounts.social.provider import Provider
from accounts.social.services import providers

pytestmark = pytest.mark.django_db


def test_a_wrong_or_missing_state_is_refused(browser, idp, sub):
    query = idp.log_in(begin(browser), sub=sub)
    for state in ("wrong", ""):
        assert back(browser, {**query, "state": state}).status_code == 403
    assert back(browser, query).status_code == 302, "a wrong state uses nothing up"


def test_another_browser_cannot_complete_the_login(browser, idp, sub):
    query = idp.log_in(begin(browser), sub=sub)
    refused(back(APIClient(), query), "has not started this login")
    refused(back(browser, query), "has not started this login")  # used up by the first attempt


def test_a_login_is_completed_with_the_same_provider(browser, idp, sub):
    query = idp.log_in(begin(browser), sub=sub)
    refused(back(browser, query, name="two"), "has not started this login")


def test_a_code_is_good_once(browser, idp, sub):
    query = idp.log_in(begin(browser), sub=sub)
    assert back(browser, query).status_code == 302
    refused(back(browser, query), "has not started this login")
    other = idp.log_in(begin(browser), sub=sub)
    refused(back(browser, {**other, "code": query["code"]}), "does not prove")


def kept(query):
    """The key of a login between its two steps."""
    return f"login:{query['state']}"


def altered(query, **change):
    note = json.loads(session_store()._redis.get(kept(query)))
    session_store()._redis.set(kept(query), json.dumps({**note, **change}))


@pytest.mark.parametrize("verifier", ["", "x" * 64])
def test_a_code_requires_the_pkce_verifier(browser, idp, sub, verifier):
    query = idp.log_in(begin(browser), sub=sub)
    altered(query, verifier=verifier)
    refused(back(browser, query), "does not prove")


def test_another_nonce_is_refused(browser, idp, sub):
    query = idp.log_in(begin(browser), sub=sub)
    altered(query, nonce="another")
    refused(back(browser, query), "does not prove")


def test_a_token_for_another_service_or_of_another_issuer_is_refused(browser, idp, sub):
    query = idp.log_in(begin(browser), sub=sub)
    note = json.loads(session_store()._redis.get(kept(query)))
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
    claims = providers._verify(Provider(**mine), raw=raw, keys=keys, nonce=note["nonce"])
    assert claims["sub"] == sub
    for wrong in ({"client_id": "them"}, {"issuer": "https://evil.example"}):
        with pytest.raises(Exception, match="(?i)invalid"):
            providers._verify(Provider(**mine | wrong), raw=raw, keys=keys, nonce=note["nonce"])
    with pytest.raises(Exception, match="(?i)nonce"):
        providers._verify(Provider(**mine), raw=raw, keys=keys, nonce="another")
    with pytest.raises(Exception, match="(?i)signature"):
        providers._verify(Provider(**mine), raw=raw[:-8] + "AAAAAAAA", keys=keys, nonce="n")


def described(idp):
    return requests.get(f"{idp.issuer}/.well-known/openid-configuration", timeout=5).json()


def test_a_login_is_finished_within_ten_minutes(browser, idp, sub):
    query = idp.log_in(begin(browser), sub=sub)
    assert 0 < session_store()._redis.ttl(kept(query)) <= 600
    session_store()._redis.delete(kept(query))
    refused(back(browser, query), "too long ago")


def test_a_login_that_was_denied_at_the_provider(browser):
    begin(browser)
    refused(
        back(browser, {"error": "access_denied", "state": "x"}), "not logged in at the provider"
    )


def test_an_unknown_provider_is_404(browser):
    assert browser.get(f"{URL}three/").status_code == 404
    assert back(browser, {"state": "s", "code": "c"}, name="three").status_code == 404


def test_an_unavailable_provider_is_503(browser, settings):
    gone = Provider(name="one", issuer="http://127.0.0.1:1", client_id="us", client_secret="c")
    settings.SOCIAL_PROVIDERS = {"one": gone}
    answer = browser.get(f"{URL}one/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert "provider cannot be reached" in answer.json()["detail"]


def test_without_redis_no_login_begins_or_ends(browser, idp, sub, settings):
    query = idp.log_in(begin(browser), sub=sub)
    settings.AUTH_STORE_URL = "redis://:canary-password@127.0.0.1:1/2"
    assert [browser.get(f"{URL}one/").status_code, back(browser, query).status_code] == [503, 503]


def test_social_logins_are_rate_limited(browser, settings):
    settings.RATES = {**settings.RATES, "login_address": "2/h"}
    assert [browser.get(f"{URL}one/").status_code for _ in range(3)] == [302, 302, 429]
