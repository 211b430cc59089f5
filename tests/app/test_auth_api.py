"""Log in, refresh, log out: by header and by cookie."""

import json
import time

import jwt
import pytest

from accounts.auth.sessions.store import session_store
from accounts.auth.tokens import RefreshToken, create_tokens
from factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/auth/"


@pytest.fixture
def user():
    return UserFactory()


def given(user, **more):
    return {"email": user.email, "password": PASSWORD, **more}


@pytest.fixture
def pair(api, user):
    answer = api.post(f"{URL}login/", given(user))
    assert answer.status_code == 200, answer.content
    return answer.json()


def me(client, access=None):
    headers = {"Authorization": f"Bearer {access}"} if access else {}
    return client.get(f"{URL}me/", headers=headers).status_code


def claims(raw):
    return jwt.decode(raw, options={"verify_signature": False})


def test_a_login_gives_two_tokens(api, user, pair):
    assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 900)
    access, refresh = claims(pair["access"]), claims(pair["refresh"])
    assert access["exp"] - access["iat"] == 900 and access["type"] == "access"
    assert refresh["exp"] - refresh["iat"] == 7 * 86400 and refresh["type"] == "refresh"
    assert access["sub"] == refresh["sub"] == str(user.pk) and access["sid"] == refresh["sid"]
    assert access["jti"] != refresh["jti"] and user.email not in json.dumps(access)
    answer = api.get(f"{URL}me/", headers={"Authorization": f"Bearer {pair['access']}"})
    assert answer.json()["email"] == user.email and answer["Cache-Control"] == "no-store"
    user.refresh_from_db()
    assert user.last_login is not None


def test_an_email_address_is_case_insensitive(api, user):
    typed = {"email": f"{user.email.upper()}", "password": PASSWORD}
    assert api.post(f"{URL}login/", typed).status_code == 200


def test_invalid_credentials_are_refused(api):
    answer = api.get(f"{URL}me/")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert api.get("/api/v1/projects/public/").status_code == 200


def test_a_token_costs_no_query(as_user, user, django_assert_num_queries):
    client = as_user(user)
    with django_assert_num_queries(0):
        assert client.post(f"{URL}logout/everywhere/").status_code == 204


def test_a_login_is_few_queries(api, user, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        pair = api.post(f"{URL}login/", given(user)).json()
    with django_assert_max_num_queries(1):
        assert api.post(f"{URL}refresh/", {"refresh": pair["refresh"]}).status_code == 200


def test_a_disabled_account_cannot_refresh(api, user, pair):
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert api.post(f"{URL}refresh/", {"refresh": pair["refresh"]}).status_code == 401
    assert me(api, pair["access"]) == 401
    assert api.post(f"{URL}login/", given(user)).status_code == 401


@pytest.mark.parametrize("by", ["refresh", "access"])
def test_a_logout_ends_the_session(api, pair, by):
    if by == "refresh":
        answer = api.post(f"{URL}logout/", {"refresh": pair["refresh"]})
    else:
        bearer = {"Authorization": f"Bearer {pair['access']}"}
        answer = api.post(f"{URL}logout/", headers=bearer)
    assert answer.status_code == 204
    assert me(api, pair["access"]) == 401
    assert api.post(f"{URL}refresh/", {"refresh": pair["refresh"]}).status_code == 401


def test_a_logout_lists_the_token_until_it_dies(api, pair):
    api.post(f"{URL}logout/", {"refresh": pair["refresh"]})
    key = f"revoked:{claims(pair['refresh'])['jti']}"
    assert 0 < session_store()._redis.ttl(key) <= 7 * 86400
    # The revoked token is refused even if its session reappears.
    refresh = RefreshToken.decode(pair["refresh"])
    assert session_store().find(refresh.session_id, jti=refresh.jti) is None


def test_a_logout_everywhere_ends_only_the_users_own_sessions(api, as_user, user, pair):
    other = as_user(UserFactory())
    assert as_user(user).post(f"{URL}logout/everywhere/").status_code == 204
    assert me(api, pair["access"]) == 401 and me(other) == 200


def test_a_used_refresh_token_ends_its_session(api, pair, settings):
    settings.REFRESH_GRACE = 0
    fresh = api.post(f"{URL}refresh/", {"refresh": pair["refresh"]}).json()
    assert me(api, fresh["access"]) == 200
    assert api.post(f"{URL}refresh/", {"refresh": pair["refresh"]}).status_code == 401
    assert me(api, fresh["access"]) == 401
    assert api.post(f"{URL}refresh/", {"refresh": fresh["refresh"]}).status_code == 401


def test_without_redis_tokens_are_refused(api, pair, sessions_unavailable, user):
    bearer = {"Authorization": f"Bearer {pair['access']}"}
    answers = [
        api.get(f"{URL}me/", headers=bearer),
        api.post(f"{URL}logout/", headers=bearer),
        api.post(f"{URL}refresh/", {"refresh": pair["refresh"]}),
        api.post(f"{URL}login/", given(user)),
    ]
    assert [answer.status_code for answer in answers] == [503] * 4
    assert all(answer["Content-Type"] == "application/problem+json" for answer in answers)
    assert "canary" not in "".join(answer.content.decode() for answer in answers)
    assert api.get("/api/v1/projects/public/").status_code == 200


def test_a_redis_that_forgot_everything_logs_out(api, pair):
    session_store()._redis.flushdb()
    assert me(api, pair["access"]) == 401
    assert api.post(f"{URL}refresh/", {"refresh": pair["refresh"]}).status_code == 401


def test_a_session_ends_after_30_days_however_often_it_is_refreshed(api, pair):
    key = f"session:{claims(pair['refresh'])['sid']}"
    record = json.loads(session_store()._redis.get(key))
    record["began"] = int(time.time()) - 30 * 86400 + 60
    session_store()._redis.set(key, json.dumps(record))
    fresh = api.post(f"{URL}refresh/", {"refresh": pair["refresh"]}).json()
    assert claims(fresh["refresh"])["exp"] <= time.time() + 60
    assert claims(fresh["access"])["exp"] <= time.time() + 60
    assert 0 < session_store()._redis.ttl(key) <= 60


def test_the_fifty_first_session_ends_the_oldest(as_user, user, monkeypatch):
    monkeypatch.setattr("accounts.auth.sessions.store.MAX_SESSIONS", 2)
    first, second, third = (as_user(user) for _ in range(3))
    assert sorted([me(first), me(second), me(third)]) == [200, 200, 401] and me(third) == 200


def test_a_token_contains_no_permissions():
    """Permissions may be revoked within the token's lifetime: see test_admin_permissions."""
    staff = UserFactory(is_staff=True, is_superuser=True)
    access, _ = create_tokens(staff, session_id="s", latest=2_000_000_000, multi_factor=False)
    assert set(access.claims) == {"type", "exp", "iat", "jti", "sub", "sid"}
