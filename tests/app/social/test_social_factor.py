"""A provider's claims about the factors of a login (OWASP ASVS 5.0, 6.8.4)."""

import json
import secrets

import pytest
from django.contrib.auth.hashers import make_password
from rest_framework.test import APIClient
from steps import begin, go

from accounts.social.provider import Provider
from accounts.social.providers import is_multi_factor
from config.environment import Environment
from config.environment.source import ConfigurationError
from factories import UserFactory, with_second_factor
from own_factor import state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
US = {"name": "one", "issuer": "https://id.example.com", "client_id": "us", "client_secret": "s"}


@pytest.fixture
def log_in(idp, known):
    """Returns from the provider as an account's owner, with these claims in the ID token."""

    def come_back(user, **claims):
        name, browser = f"sub-{secrets.token_hex(4)}", APIClient()
        idp.knows(name, email=user.email, email_verified=True, **claims)
        return browser, go(browser, idp, name)

    return come_back


@pytest.mark.parametrize("claims", [{}, {"amr": ["pwd"]}, {"amr": "mfa"}, {"acr": "mfa"}])
def test_an_account_with_a_second_factor_is_refused_after_one(log_in, claims):
    browser, answer = log_in(with_second_factor(UserFactory()), **claims)
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert "the provider did not verify one" in answer.json()["detail"]
    assert "__Host-access" not in answer.cookies


def test_a_login_with_two_factors_is_accepted(log_in):
    browser, answer = log_in(with_second_factor(UserFactory()), amr=["pwd", "mfa"])
    assert answer.status_code == 302 and state(browser)["on"]


def test_an_account_without_a_second_factor_needs_one_factor(log_in):
    browser, answer = log_in(UserFactory())
    assert answer.status_code == 302 and not state(browser)["on"]


def test_amr_and_acr_values_are_configured(log_in, known):
    user = with_second_factor(UserFactory())
    known(acr=("urn:example:two",), amr=())
    assert log_in(user, acr="urn:example:two")[1].status_code == 302
    for claims in ({"amr": ["mfa"]}, {"acr": "urn:example:one"}):
        assert log_in(user, **claims)[1].status_code == 403


def test_it_is_asked_for_what_is_configured(known):
    assert "acr_values" not in begin(APIClient())
    known(acr=("urn:example:two", "gold"))
    assert "acr_values=urn%3Aexample%3Atwo+gold" in begin(APIClient())


def test_a_providers_second_factor_satisfies_the_requirement(log_in, settings):
    settings.SECOND_FACTOR = "everyone"
    user = UserFactory(password=make_password(None))
    weak, answer = log_in(user)
    assert answer.status_code == 302
    assert weak.get("/api/v1/projects/").json()["type"] == "/problems/second-factor-demanded"
    strong, answer = log_in(user, amr=["mfa"])
    strong.credentials(HTTP_SEC_FETCH_SITE="same-origin")
    for _ in range(2):
        assert strong.get("/api/v1/projects/").status_code == 200
        assert strong.post("/api/v1/auth/refresh/", {}).status_code == 200


@pytest.mark.parametrize("claims", [{"amr": [["mfa"], {}, 1]}, {"amr": {"mfa": 1}}, {"acr": ["x"]}])
def test_malformed_claims_are_no_second_factor(claims):
    assert not is_multi_factor(Provider(**US, acr=("x",)), claims)


def text(tmp_path, **more):
    secret = tmp_path / "secret"
    secret.write_text("canary-secret\n")
    one = {"issuer": "https://id.example.com", "client_id": "us", **more}
    return json.dumps({"one": {**one, "client_secret_file": str(secret)}})


def _providers(monkeypatch, value):
    monkeypatch.setenv("SOCIAL_PROVIDERS", value)
    return Environment().social_providers


def test_the_words_are_configuration(monkeypatch, tmp_path):
    found = _providers(monkeypatch, text(tmp_path))["one"]
    assert (found.amr, found.acr) == (("mfa",), ())
    found = _providers(monkeypatch, text(tmp_path, amr=["otp", "hwk"], acr=["gold"]))["one"]
    assert (found.amr, found.acr) == (("otp", "hwk"), ("gold",))


@pytest.mark.parametrize("wrong", ["mfa", [1], [""], None])
def test_what_is_no_list_of_words_stops_the_start(monkeypatch, tmp_path, wrong):
    with pytest.raises(ConfigurationError, match="SOCIAL_PROVIDERS of one.amr must"):
        _providers(monkeypatch, text(tmp_path, amr=wrong))
