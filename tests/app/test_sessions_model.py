"""Tokens and sessions against a simple model, for any order of events: which tokens are valid?

The model knows four things: the password, whether the account is open, which keys are accepted,
and of each session its current refresh token, or that it has ended.
"""

import secrets

import pytest
from django.conf import settings as live
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as given_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    multiple,
    rule,
    run_state_machine_as_test,
)
from rest_framework.test import APIClient

from accounts.auth.tokens import key_id
from factories import PASSWORD, UserFactory
from held import Held, claims_of

URL = "/api/v1/auth/"
CLOSE = "UPDATE accounts_user SET is_active = %s WHERE id = %s"


class Sessions(RuleBasedStateMachine):
    held = Bundle("held")

    def __init__(self):
        super().__init__()
        self.user, self.password, self.is_open = UserFactory(), PASSWORD, True
        self.keys = [secrets.token_urlsafe(48)]
        live.JWT_KEYS = tuple(self.keys)
        self.current = {}  # of each session its refresh token, or None
        self.before = {}  # of each session the token that the last refresh has used, and its pair
        self.pairs = []

    def post(self, path, body=None, *, access=""):
        headers = {"Authorization": f"Bearer {access}"} if access else {}
        return APIClient().post(f"{URL}{path}/", body or {}, headers=headers)

    def knows(self, one):
        return one.key in {key_id(key) for key in self.keys}

    def opens(self, one):
        return self.knows(one) and self.current[one.session] is not None

    def end(self, *sessions):
        self.current.update(dict.fromkeys(sessions))

    def took(self, answer):
        """A new pair, now the current one of its session."""
        assert answer.status_code == 200, answer.content
        one = Held(answer.json()["access"], answer.json()["refresh"])
        assert one.key == key_id(self.keys[0]), "the newest key signs"
        self.current[one.session] = one.jti
        self.pairs.append(one)
        return one

    @rule(target=held, right=st.sampled_from([True, True, True, False]))
    def log_in(self, right):
        password = self.password if right else "wrong"
        answer = self.post("login", {"email": self.user.email, "password": password})
        if right and self.is_open:
            return self.took(answer)
        assert answer.status_code == 401
        return multiple()

    @rule(target=held, one=held)
    def refresh(self, one):
        """A replay if it is not the current one."""
        answer = self.post("refresh", {"refresh": one.refresh})
        if self.opens(one) and self.is_open and self.current[one.session] == one.jti:
            fresh = self.took(answer)
            self.before[one.session] = one.jti, fresh
            return fresh
        used, given = self.before.get(one.session, ("", None))
        if self.opens(one) and self.is_open and used == one.jti:
            assert answer.status_code == 200, "within the grace it is the same pair again"
            return self.same(answer, given)
        assert answer.status_code == 401
        if self.knows(one):
            self.end(one.session)
        return multiple()

    def same(self, answer, given):
        """The pair that this token got before, signed again if the newest key changed."""
        again = Held(answer.json()["access"], answer.json()["refresh"])
        if given.key == key_id(self.keys[0]):
            assert again == given
        self.current[again.session] = again.jti
        assert claims_of(again) == claims_of(given)
        self.pairs.append(again)
        return again

    @rule(one=held)
    def refresh_twice(self, one):
        """Two tabs: both get the same pair."""
        fresh = self.refresh(one)
        if isinstance(fresh, Held):
            self.refresh(one)
            self.list_sessions(fresh)

    @rule(one=held)
    def steal(self, one):
        """A theft: a token that is replayed after its successor was used ends the session."""
        fresh = self.refresh(one)
        newer = self.refresh(fresh) if isinstance(fresh, Held) else None
        if isinstance(newer, Held) and self.before[one.session][0] != one.jti:
            assert self.refresh(one) == multiple()
            self.list_sessions(newer)

    @rule(one=held)
    def log_out(self, one):
        answer = self.post("logout", {"refresh": one.refresh})
        assert answer.status_code == (204 if self.knows(one) else 401)
        if self.knows(one):
            self.end(one.session)

    @rule(one=held)
    def log_out_everywhere(self, one):
        answer = self.post("logout/everywhere", access=one.access)
        assert answer.status_code == (204 if self.opens(one) else 401)
        if answer.status_code == 204:
            self.end(*self.current)

    @rule(one=held, other=held)
    def end_one(self, one, other):
        headers = {"Authorization": f"Bearer {one.access}"}
        there, opens = self.current[other.session] is not None, self.opens(one)
        answer = APIClient().delete(f"{URL}sessions/{other.session}/", headers=headers)
        assert answer.status_code == ((204 if there else 404) if opens else 401)
        if answer.status_code == 204:
            self.end(other.session)

    @rule(target=held, one=held)
    def change_password(self, one):
        fresh = f"sentence {secrets.token_hex(8)}"
        body = {"current": self.password, "password": fresh}
        answer = self.post("password", body, access=one.access)
        if self.opens(one) and self.is_open:
            self.password = fresh
            self.end(*self.current)
            return self.took(answer)
        assert answer.status_code == 401
        return multiple()

    @rule(is_open=st.sampled_from([True, True, False]))
    def close_or_open(self, is_open):
        """By SQL, so that the sessions are not ended."""
        with connection.cursor() as cursor:
            cursor.execute(CLOSE, [is_open, self.user.pk])
        self.is_open = is_open

    @rule()
    def new_key(self):
        self.keys.insert(0, secrets.token_urlsafe(48))
        live.JWT_KEYS = tuple(self.keys)

    @rule()
    def forget_old_keys(self):
        self.keys = self.keys[:1]
        live.JWT_KEYS = tuple(self.keys)

    @rule(one=held)
    def knock(self, one):
        """An access token is valid while its session exists and its key is known."""
        status = self.asked("me", one).status_code
        # Only `me` checks that the account is active; see `refresh`.
        expected = 200 if self.opens(one) and self.is_open else 401
        assert status == expected

    @rule(one=held)
    def list_sessions(self, one):
        answer = self.asked("sessions", one)
        if not self.opens(one):
            assert answer.status_code == 401
            return
        alive = {name for name, refresh in self.current.items() if refresh is not None}
        assert {session["id"] for session in answer.json()} == alive

    def asked(self, path, one):
        headers = {"Authorization": f"Bearer {one.access}"}
        return APIClient().get(f"{URL}{path}/", headers=headers)

    def teardown(self):
        """At the end every pair is tried."""
        for one in self.pairs:
            self.list_sessions(one)


@pytest.mark.django_db
@pytest.mark.usefixtures("quick_passwords")
def test_whatever_happens_only_living_sessions_open(settings):
    settings.JWT_KEYS = settings.JWT_KEYS  # put back at the end
    run_state_machine_as_test(
        Sessions,
        settings=given_settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
