"""The configuration of providers; mistakes stop the start, and are named."""

import json

import pytest

from config.environment import Environment
from config.environment.source import ConfigurationError

pytestmark = pytest.mark.django_db
GOOD = {"issuer": "https://id.example.com/", "client_id": "us", "client_secret_file": "FILE"}


@pytest.fixture
def providers(monkeypatch):
    """What the service makes of SOCIAL_PROVIDERS."""

    def read(value):
        monkeypatch.setenv("SOCIAL_PROVIDERS", value)
        return Environment().social_providers

    return read


def text(tmp_path, **change):
    secret = tmp_path / "secret"
    secret.write_text("canary-secret\n")
    one = {**GOOD, "client_secret_file": str(secret), **change}
    return json.dumps({"one": {name: value for name, value in one.items() if value is not None}})


def test_providers_are_configuration(providers, tmp_path):
    found = providers(text(tmp_path, trusted=True))["one"]
    assert (found.issuer, found.client_secret) == ("https://id.example.com", "canary-secret")
    assert found.trusted is True and "canary" not in repr(found)
    assert providers(text(tmp_path))["one"].trusted is False


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
def test_a_provider_that_lacks_something_stops_the_start_and_is_named(providers, tmp_path, change):
    with pytest.raises(ConfigurationError, match="SOCIAL_PROVIDERS"):
        providers(text(tmp_path, **change))


@pytest.mark.parametrize("value", ["", "[]", "{", '{"One": {}}', '{"one": 1}'])
def test_what_describes_no_provider_stops_the_start(providers, value):
    with pytest.raises(ConfigurationError, match="SOCIAL_PROVIDERS"):
        providers(value)
