"""Real failovers under the sessions: what was ended stays so, and everything else goes on."""

import time

import pytest
from django.contrib.sessions.backends import cache
from django.core.cache import caches
from redis import ConnectionError as Away
from redis import ReadOnlyError, ResponseError
from rest_framework.test import APIClient

from accounts.auth.sessions.store import SessionStore, session_store
from config.celery import app
from config.settings.cache import at
from core.api.exceptions import Unavailable
from core.celery.beat import Scheduler
from factories import PASSWORD, UserFactory
from fleet import fleet, leave
from processes import until

URL = "/api/v1/auth/"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]


@pytest.fixture
def redis(settings, tmp_path):
    """The sessions are in a fleet."""
    with fleet(tmp_path) as running:
        settings.AUTH_STORE_URL = running.url(database=2)
        settings.SESSION_REPLICAS = 1
        admins = {"BACKEND": "core.redis.session_cache.SessionCache", "KEY_PREFIX": "session"}
        admins |= at(running.place(), database=3)
        settings.CACHES = {**settings.CACHES, "sessions": admins}
        yield running
        leave(session_store()._redis)
        leave(caches["sessions"]._cache.get_client())


def post(path, body=None, *, access=None):
    headers = {"Authorization": f"Bearer {access}"} if access else {}
    return APIClient().post(f"{URL}{path}/", body, headers=headers)


def login(user):
    return post("login", {"email": user.email, "password": PASSWORD})


def admin():
    """Somebody's session at the admin, with its name."""
    kept = cache.SessionStore()
    kept["who"] = "somebody"
    kept.save()
    return kept


def of_admin(session):
    """What there is of such a session; Django's own way keeps an outage to itself."""
    return caches["sessions"].get(session.cache_key)


def of_admin_or_nobody(session):
    """The same; None where there is no primary to ask."""
    try:
        return of_admin(session)
    except Away:
        return None


def me(pair):
    return APIClient().get(f"{URL}me/", headers={"Authorization": f"Bearer {pair['access']}"})


def refresh(pair):
    return post("refresh", {"refresh": pair["refresh"]})


def logout(pair):
    return post("logout", {"refresh": pair["refresh"]})


def test_after_the_end_of_the_primary_all_goes_on_and_what_was_ended_stays_so(redis):
    user = UserFactory()
    kept, ended = login(user).json(), login(user).json()
    assert me(kept).status_code == me(ended).status_code == 200
    assert logout(ended).status_code == 204
    redis.kill(redis.primary())
    heard = []

    def all_well():
        answers = [me(kept), login(user), refresh(kept)]
        if answers[2].status_code == 200:
            kept.update(answers[2].json())
        heard.extend(answers)
        return all(answer.status_code == 200 for answer in answers)

    until(all_well, what="it goes on", seconds=20)
    refused = [answer for answer in heard if answer.status_code != 200]
    assert refused and {answer.status_code for answer in refused} == {503}
    assert all(answer["Retry-After"] == "2" for answer in refused)
    assert me(kept).status_code == 200
    assert [me(ended).status_code, refresh(ended).status_code] == [401, 401]


def test_an_end_that_no_replica_has_is_no_end(redis):
    user = UserFactory()
    pair, other = login(user).json(), login(user).json()
    third = login(UserFactory()).json()
    replicas = [port for port in redis.servers if port != redis.primary()]
    seen = admin()
    session_store().save_pending_login("once", "a login", now=int(time.time()), seconds=60)
    redis.freeze(*replicas)
    ways = (lambda: logout(pair), lambda: post("logout/everywhere", access=other["access"]))
    refused = [way() for way in ways]
    assert [answer.status_code for answer in refused] == [503, 503]
    assert all(answer["Retry-After"] == "2" for answer in refused)
    with pytest.raises(Away):
        seen.delete()
    with pytest.raises(Unavailable):
        session_store().pop_pending_login("once")
    cut_off = until(lambda: me(third).status_code == 503 and me(third), seconds=5)
    assert cut_off["Retry-After"] == "2", "a primary without replicas lets nobody in"
    redis.thaw(*replicas)
    until(lambda: logout(pair).status_code == 204, what="it is ended")
    until(lambda: me(other).status_code == 401, what="so are all")
    until(lambda: me(third).status_code == 200, what="and nobody else")


def test_a_primary_that_wakes_up_lets_nobody_in_and_takes_nothing(redis):
    user = UserFactory()
    pair = login(user).json()
    seen = admin()
    assert of_admin(seen) == {"who": "somebody"}
    assert me(pair).status_code == 200, "from now on this process has connections to it"
    old = redis.primary()
    held = redis.asked(old, database=2)
    (session,) = held.keys("session:*")
    redis.freeze(old)
    new = redis.another_than(old)
    elsewhere = SessionStore(redis.url(database=2), replicas=1)
    until(lambda: ends(elsewhere, user), what="somebody ends the session elsewhere")
    leave(elsewhere._redis)
    assert redis.asked(new, database=3).delete(caches["sessions"].make_key(seen.cache_key)) == 1
    redis.thaw(old)
    assert held.exists(session), "it still has what has ended"
    assert not of_admin_or_nobody(seen), "it is not believed, and the new one says the truth"
    heard = []
    until(lambda: heard.append(me(pair).status_code) or heard[-1] == 401, what="it is ended here")
    assert set(heard) <= {503, 401}, "its old connection is not believed"
    with pytest.raises(ResponseError, match="NOREPLICAS"):
        held.set("late", 1)
    until(lambda: redis.role(old) == "slave", what="it follows the new one")
    with pytest.raises(ReadOnlyError):
        redis.asked(old, database=2).set("late", 1)
    assert not redis.asked(new, database=2).exists("late", session)


def ends(sessions, user):
    try:
        return sessions.end_all(user_id=user.pk)
    except Unavailable:
        return False


def test_of_two_beats_never_both_work_while_the_primary_changes(redis, settings):
    settings.BEAT_LOCK_URL = redis.url(database=3)
    one, other = (Scheduler(app, lazy=True) for _ in range(2))
    assert [one._hold_lock(), other._hold_lock()] == [True, False]
    redis.kill(redis.primary())
    heard = []

    def somebody_works():
        heard.append((one._hold_lock(), other._hold_lock()))
        return heard[0] == (False, False) and any(heard[-1])

    until(somebody_works, what="one of them works", seconds=20)
    assert (True, True) not in heard
    for each in (one, other):
        leave(each._lock.redis)
