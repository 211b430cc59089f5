"""The client's address, the configuration of rates and networks, and the OpenAPI document."""

from ipaddress import ip_network

import pytest
from django.test import RequestFactory

from accounts.auth.rate_limits.throttle import client_address
from config.environment.application import Application, Rates
from config.environment.source import ConfigurationError, load
from operators import SMOKE
from processes import Socket, on_a_socket

pytestmark = pytest.mark.usefixtures("quick_passwords")
ONE, OTHER = "192.0.2.1", "192.0.2.2"
FROM = [
    ("", "192.0.2.7", "192.0.2.7"),
    ("", "2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
    ("", "2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
    ("", "2001:db8:1:3::1", "2001:db8:1:3::/64"),
    ("", "::ffff:192.0.2.7", "192.0.2.7"),
    ("", "", "unknown"),
    ("", "nonsense", "unknown"),
    ("198.51.100.4", "192.0.2.7", "198.51.100.4"),
    ("10.1.2.3", "192.0.2.7", "192.0.2.7"),
    ("10.1.2.3", "", "unknown"),
    ("2001:db8::5", "192.0.2.7", "2001:db8::/64"),
    ("nonsense", "192.0.2.7", "unknown"),
]


@pytest.mark.parametrize(("peer", "said", "counted"), FROM)
def test_the_clients_address_comes_from_trusted_proxies_only(settings, peer, said, counted):
    settings.TRUSTED_PROXIES = (ip_network("10.0.0.0/8"),)
    request = RequestFactory().get("/", headers={"X-Real-IP": said, "X-Forwarded-For": "1.2.3.4"})
    request.META["REMOTE_ADDR"] = peer
    assert client_address(request) == counted


@pytest.mark.django_db(transaction=True)
def test_behind_a_unix_socket_each_client_has_its_own_limit(tmp_path):
    """A real Gunicorn on a unix socket: the peer has no address there."""
    with on_a_socket(tmp_path / "g.sock", APP_RATE_WRITE_ADDRESS="2/h") as service:
        assert isinstance(service, Socket)
        path, body = "/api/v1/echo/", {"text": "One"}
        mine = [service.post(path, body, address=ONE, **SMOKE) for _ in range(3)]
        yours = service.post(path, body, address=OTHER, **SMOKE)
    assert mine == [202, 202, 429] and yours == 202


@pytest.mark.parametrize("value", ["30", "0/m", "x/m", "30/w", "30/m,1/s", "-1/m"])
def test_an_invalid_rate_stops_the_start(monkeypatch, value):
    monkeypatch.setenv("APP_RATE_LOGIN_ADDRESS", value)
    with pytest.raises(ConfigurationError, match="APP_RATE_LOGIN_ADDRESS must"):
        load(Rates)


@pytest.mark.parametrize("value", ["10.0.0.1/8", "edge", "10.0.0.0/8,x"])
def test_an_invalid_network_stops_the_start(monkeypatch, value):
    monkeypatch.setenv("APP_TRUSTED_PROXIES", value)
    with pytest.raises(ConfigurationError, match="APP_TRUSTED_PROXIES must"):
        load(Application)


def test_every_change_documents_429(api):
    paths = api.get("/api/schema/", headers={"Accept": "application/json"}).json()["paths"]
    changes = {
        f"{method} {path}": operation["responses"]
        for path, methods in paths.items()
        for method, operation in methods.items()
        if method != "get"
    }
    assert "post /api/v1/auth/login/" in changes and "post /api/v1/notes/" in changes
    for name, responses in changes.items():
        assert "Retry-After" in responses.get("429", {}).get("headers", {}), name
