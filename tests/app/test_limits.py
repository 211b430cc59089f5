"""Rate limits by address and by account: 429, and never off."""

import threading
import time

import pytest
from django.core.cache import caches

from factories import PASSWORD, UserFactory
from operators import SMOKE

pytestmark = pytest.mark.usefixtures("quick_passwords")
URL = "/api/v1/auth/"
ONE, OTHER = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def rates(settings):
    """Sets rates, with windows longer than a test."""

    def put(**given):
        settings.RATES = {**settings.RATES, **given}

    return put


def post(api, path, body, *, address=ONE):
    """As the edge sends it: on a unix socket, so without an address of the peer."""
    return api.post(path, body, headers={"X-Real-IP": address, **SMOKE}, REMOTE_ADDR="")


def statuses(answers):
    return [answer.status_code for answer in answers]


def login(api, email, *, password="wrong", address=ONE):
    return post(api, f"{URL}login/", {"email": email, "password": password}, address=address)


@pytest.mark.django_db
def test_many_logins_from_one_address_are_refused_and_others_are_not(api, rates):
    rates(login_address="3/h")
    answers = [login(api, f"nobody{number}@example.com") for number in range(4)]
    assert statuses(answers) == [401, 401, 401, 429]
    assert login(api, "nobody5@example.com", address=OTHER).status_code == 401


@pytest.mark.django_db
def test_many_logins_of_one_account_are_refused_wherever_they_come_from(api, rates):
    user = UserFactory()
    rates(login_account="2/h")
    tried = [user.email, user.email.upper()]
    answers = [login(api, email, address=f"192.0.2.{n}") for n, email in enumerate(tried)]
    assert statuses(answers) == [401, 401]
    refused = login(api, user.email, password=PASSWORD, address="192.0.2.9")
    assert refused.status_code == 429, "not even with the right password"
    assert login(api, UserFactory().email, password=PASSWORD).status_code == 200


@pytest.mark.django_db
def test_an_unknown_account_is_counted_as_a_known_one(api, rates):
    rates(login_account="1/h")
    known, unknown = UserFactory().email, "nobody@example.com"
    for email in (known, unknown):
        assert statuses([login(api, email), login(api, email)]) == [401, 429]


@pytest.mark.django_db
def test_the_answer_says_when_the_window_ends(api, rates):
    rates(login_address="1/m")
    login(api, "nobody@example.com")
    answer = login(api, "nobody@example.com")
    assert (answer.status_code, answer["Content-Type"]) == (429, "application/problem+json")
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert answer.json()["title"] == "Too Many Requests"
    assert answer.json()["detail"] == "Too many requests. Try again later."


@pytest.mark.django_db
def test_after_the_window_requests_are_accepted_again(api, rates):
    rates(login_address="1/3s")
    # The window may end between two of them, but not twice.
    answers = [login(api, "nobody@example.com") for _ in range(3)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    time.sleep(int(refused[-1]["Retry-After"]) + 1)
    assert login(api, "nobody@example.com").status_code == 401


@pytest.mark.django_db
def test_refreshes_are_counted_by_address_and_by_account(api, rates):
    pair = api.post(f"{URL}login/", {"email": UserFactory().email, "password": PASSWORD}).json()
    rates(refresh_account="1/h")
    fresh = post(api, f"{URL}refresh/", {"refresh": pair["refresh"]})
    assert fresh.status_code == 200
    again = post(api, f"{URL}refresh/", {"refresh": fresh.json()["refresh"]}, address=OTHER)
    assert again.status_code == 429
    rates(refresh_account="1000/h", refresh_address="2/h")
    nonsense = [post(api, f"{URL}refresh/", {"refresh": "nonsense"}) for _ in range(3)]
    assert statuses(nonsense) == [401, 401, 429]
    third = post(api, f"{URL}refresh/", {"refresh": fresh.json()["refresh"]}, address="192.0.2.3")
    assert third.status_code == 200, "a refusal has not used the token up"


@pytest.mark.django_db
def test_writes_without_an_account_are_counted_by_address(api, rates):
    rates(write_address="2/h")
    path, body = "/api/v1/echo/", {"text": "One"}
    assert statuses([post(api, path, body) for _ in range(3)]) == [202, 202, 429]
    assert post(api, path, body, address=OTHER).status_code == 202
    public = "/api/v1/projects/public/"
    assert api.get(public, headers={"X-Real-IP": ONE}, REMOTE_ADDR="").status_code == 200


@pytest.mark.django_db
def test_writes_of_an_account_are_counted_by_account(as_user, rates):
    user = UserFactory()
    clients = [as_user(user) for _ in range(3)]
    rates(write_account="2/h", write_address="1/h")
    path = f"{URL}logout/everywhere/"
    assert post(clients[0], path, {}).status_code == 204
    clients = [as_user(user) for _ in range(2)]
    assert post(clients[0], path, {}, address=OTHER).status_code == 204
    assert post(as_user(user), path, {}).status_code == 429
    assert post(as_user(UserFactory()), path, {}).status_code == 204


@pytest.mark.django_db
def test_concurrent_requests_are_counted_exactly(rates, settings):
    counters = settings.CACHES["limits"]
    assert counters["BACKEND"] == "accounts.auth.rate_limits.counters.CountersCache"
    found, start = [], threading.Barrier(20)

    def count():
        mine = caches.create_connection("limits")
        start.wait()
        first = mine.add("one", 1, 60)
        found.append(1 if first else mine.incr("one"))

    threads = [threading.Thread(target=count) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 21))


@pytest.mark.django_db
def test_a_count_costs_redis_one_round_trip_and_ends_by_itself():
    mine = caches["limits"]
    assert mine.add("mine", 1, 60) is True and mine.add("mine", 1, 60) is False
    assert mine.incr("mine") == 2
    client = mine._cache.get_client("mine")
    assert 50 < client.ttl(mine.make_key("mine")) <= 60


@pytest.mark.django_db
def test_without_redis_the_process_counts_for_itself(api, rates, cache_unavailable, caplog):
    rates(login_address="2/h")
    email, mine = "nobody@example.com", f"198.51.100.{int(time.time()) % 250}"
    began = time.monotonic()
    answers = [login(api, email, address=mine) for _ in range(4)]
    assert statuses(answers) == [401, 401, 429, 429], "an outage does not lift the limits"
    assert time.monotonic() - began < 10
    said = [record for record in caplog.records if "each process alone" in record.message]
    assert said and all(record.levelname == "WARNING" for record in said)
    assert "canary" not in caplog.text
