"""Every endpoint: cross-site requests with cookies, rate limits, and unavailable servers."""

from contextlib import suppress

import pytest
from rest_framework.test import APIClient

from accounts.auth.rate_limits.throttle import _count
from core.api.exceptions import TooMany
from endpoints import ENDPOINTS
from endpoints.entry import OK, prepared
from endpoints.world import World

pytestmark = pytest.mark.usefixtures("quick_passwords")
SAFE = ("GET", "HEAD", "OPTIONS")
CHANGES = [each for each in ENDPOINTS if each.method not in SAFE]
CLOSED = [each for each in ENDPOINTS if each.access["anonymous"] != OK]
CLOSED_CHANGES = [each for each in CHANGES if each in CLOSED]
AWAY = "redis://:canary-password@127.0.0.1:1/2"
FOREIGN = [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]


class Browsers(World):
    """Every client sends its token as a cookie."""

    headers: dict[str, str] = {}

    def client(self, caller):
        client = APIClient(headers=self.headers)
        if caller != "anonymous":
            client.cookies["__Host-access"] = self.pair(caller).access
        return client


@pytest.mark.django_db
@pytest.mark.parametrize("endpoint", CLOSED_CHANGES, ids=str)
def test_cross_site_requests_with_cookies_are_refused(endpoint):
    world = Browsers(public=False)
    for headers in FOREIGN:
        world.headers = headers
        answer = prepared(endpoint, world, endpoint.least())()
        assert answer.status_code == 403, headers
        assert "page of this site" in answer.json()["detail"]
    world.headers = {"Sec-Fetch-Site": "same-origin"}
    assert prepared(endpoint, world, endpoint.least())().status_code == endpoint.ok


@pytest.mark.django_db
@pytest.mark.parametrize("endpoint", CHANGES, ids=str)
def test_every_change_is_rate_limited(endpoint, settings):
    world = World(public=False)
    call = prepared(endpoint, world, endpoint.least())
    settings.RATES = dict.fromkeys(settings.RATES, "1/h")
    for kind in settings.RATES:  # one is used up already, of each kind, from here and by them
        for value in ("127.0.0.1", str(getattr(world, endpoint.least(), world.viewer).pk)):
            with suppress(TooMany):
                _count(None, kind, value=value)
    answer = call()
    assert answer.status_code == 429 and 1 <= int(answer["Retry-After"]) <= 3600


@pytest.mark.django_db
def test_without_the_sessions_redis_every_token_is_refused(settings):
    world, here = World(public=False), settings.AUTH_STORE_URL
    assert len(CLOSED) > 10
    for endpoint in CLOSED:
        settings.AUTH_STORE_URL = here
        call = prepared(endpoint, world, endpoint.least())
        settings.AUTH_STORE_URL = AWAY
        answer = call()
        assert answer.status_code == 503, endpoint
        assert answer["Retry-After"] and "canary" not in answer.content.decode()


# Endpoints without a token, while the sessions' Redis is unavailable.
PUBLIC_AUTH = {
    "accounts:login": 503,
    "accounts:refresh": 503,
    "accounts:logout": 503,
    "accounts:register": 202,
    "accounts:register-confirm": 201,
    "accounts:reset": 202,
    "accounts:reset-confirm": 503,
    "accounts:social": 404,
    "accounts:social-back": 404,
}
OPEN_AUTH = [each for each in ENDPOINTS if each.name.startswith("accounts:") and each not in CLOSED]


@pytest.mark.django_db
@pytest.mark.parametrize("endpoint", OPEN_AUTH, ids=str)
def test_without_the_sessions_redis_auth_endpoints_are_503(endpoint, settings):
    world = World(public=False)
    call = prepared(endpoint, world, "anonymous")
    settings.AUTH_STORE_URL = AWAY
    answer = call()
    assert answer.status_code == PUBLIC_AUTH[endpoint.name], answer.content
    assert "canary" not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "endpoint", [each for each in ENDPOINTS if each.name.startswith("accounts:")], ids=str
)
def test_without_the_caches_redis_authentication_works(endpoint, cache_unavailable):
    world = World(public=False)
    assert prepared(endpoint, world, endpoint.least())().status_code == endpoint.ok
