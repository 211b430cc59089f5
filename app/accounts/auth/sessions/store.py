"""The sessions behind the tokens, in Redis: a token is valid only while its session exists.

A loss of data is safe: a Redis that lost everything logs all users out, and an ended session never
returns. Each change is one script, so that no request sees a state in between. The keys:

- `session:<id>`: the user, the current refresh token, and when the session began,
- `sessions:<user>`: the ids of a user's sessions by expiry,
- `successor:<id>`: for some seconds, the pair that the last refresh returned,
- `revoked:<jti>`: a token that a logout revoked,
- `login:<state>`: a login at an OpenID provider that has begun.
"""

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
import redis
from django.conf import settings

from accounts.auth.sessions.scripts import SCRIPTS
from core.api.exceptions import Unavailable
from core.redis.client import connect
from core.redis.replication import read_from_primary, wait_for_replicas

MAX_SESSIONS = 50  # of one user; one more ends the oldest
MAX_PENDING_LOGINS = 5000  # about 3 MB in the queue's Redis
UNAVAILABLE = "Sessions cannot be checked at the moment. Try again."
Claims = dict[str, Any]  # of both tokens of a pair, under `access` and `refresh`
Values = list[str | int]


@dataclass(frozen=True, kw_only=True)
class Session:
    """One login. `refresh_jti` is the id of the current refresh token; `began` is in seconds since
    1970; `password_fingerprint` changes with the password; `agent` is the client's User-Agent.
    """

    id: str
    user_id: int
    refresh_jti: str
    password_fingerprint: str
    began: int
    agent: str = ""


class SessionStore:
    """The sessions in one Redis. Every method raises Unavailable when Redis does not answer.

    The end of a session is confirmed once that many `replicas` have it: one of them may become the
    primary. A used refresh token returns the same pair again for `grace` seconds.
    """

    def __init__(self, url: str, *, replicas: int = 0, grace: int = 0) -> None:
        self._redis = connect(url, use="durable")
        self._replicas, self._grace = replicas, grace
        self._scripts = {name: self._redis.register_script(text) for name, text in SCRIPTS.items()}

    def open(self, session: Session, *, now: int, expires_at: int) -> None:
        """Save a new session until `expires_at` (seconds since 1970)."""
        record = asdict(session)
        del record["id"]
        keys = [f"session:{session.id}", f"sessions:{session.user_id}"]
        values: Values = [json.dumps(record), expires_at, now, session.id, MAX_SESSIONS, "session:"]
        self._run("save", keys=keys, values=values)

    def find(self, session_id: str, *, jti: str) -> Session | None:
        """The session, unless it ended or this token of it is revoked. One round trip."""
        try:
            keys = [f"session:{session_id}", f"revoked:{jti}"]
            record, revoked = read_from_primary(self._redis, keys)
        except redis.RedisError as error:
            raise Unavailable(UNAVAILABLE) from error
        if record is None or revoked is not None:
            return None
        return Session(id=session_id, **orjson.loads(record))

    def of_user(self, *, user_id: int) -> list[dict[str, Any]]:
        """A user's sessions, the newest first, each with `id`, `began`, `ends` and `agent`."""
        try:
            ends = dict(self._redis.zrange(f"sessions:{user_id}", 0, -1, withscores=True))
            records = self._redis.mget([f"session:{name}" for name in ends]) if ends else []
        except redis.RedisError as error:
            raise Unavailable(UNAVAILABLE) from error
        found = []
        for (name, end), record in zip(ends.items(), records, strict=True):
            if record is not None:
                session = Session(id=name, **orjson.loads(record))
                times = {"began": _datetime(session.began), "ends": _datetime(int(end))}
                found.append({"id": name, "agent": session.agent, **times})
        return sorted(found, key=lambda session: session["began"], reverse=True)

    def rotate(
        self, session: Session, *, presented: str, new: str, expires_at: int, claims: Claims
    ) -> Claims | None:
        """Make `new` the current refresh token, and return the claims of the next pair.

        A `presented` token that was just replaced (two tabs of a browser, a lost response) gets
        the claims of the pair that followed it. Any other token than the current one was stolen,
        or the current one was: the session ends, and None is returned. Claims are no tokens: what
        Redis holds is worthless without a signing key.
        """
        keys = [f"session:{session.id}", f"sessions:{session.user_id}", f"successor:{session.id}"]
        next_pair = json.dumps({"presented": presented, **claims})
        values: Values = [presented, new, expires_at, session.id, next_pair, self._grace]
        result = str(self._run("rotate", keys=keys, values=values))
        if result == "replayed" and self._replicas:
            self.end_one(session.id, user_id=session.user_id)  # again, for the replicas
        if result.startswith("{"):
            return dict(orjson.loads(result))
        return claims if result == "rotated" else None

    def end(self, session_id: str, *, user_id: int, jti: str, seconds: int) -> None:
        """End a session, and list its token as revoked for its last `seconds`."""
        keys = [f"session:{session_id}", f"sessions:{user_id}", f"revoked:{jti}"]
        self._run_replicated("end", keys=keys, values=[session_id, seconds])

    def end_one(self, session_id: str, *, user_id: int) -> bool:
        """End a session of this user; False when the user has no such session."""
        keys = [f"session:{session_id}", f"sessions:{user_id}"]
        return bool(self._run_replicated("end_one", keys=keys, values=[user_id, session_id]))

    def end_all(self, *, user_id: int) -> int:
        """End every session of a user, and return how many there were."""
        keys = [f"sessions:{user_id}"]
        return int(self._run_replicated("end_all", keys=keys, values=["session:"]))

    def save_pending_login(self, state: str, text: str, *, now: int, seconds: int) -> None:
        """Keep a login at a provider that has begun. Any client may begin one, so that their
        number is bounded: one more deletes the oldest.
        """
        keys = [f"login:{state}", "logins"]
        values: Values = [text, now + seconds, now, state, MAX_PENDING_LOGINS, "login:"]
        self._run("save", keys=keys, values=values)

    def pop_pending_login(self, state: str) -> str | None:
        """A login that has begun. Of two requests for the same one, the second gets None."""
        pipe = self._redis.pipeline(transaction=False)
        found: str | None = self._replicated(pipe.getdel(f"login:{state}"))
        return found

    def _run(self, script: str, *, keys: list[str], values: Values) -> Any:
        try:
            return self._scripts[script](keys=keys, args=values)
        except redis.RedisError as error:
            raise Unavailable(UNAVAILABLE) from error

    def _run_replicated(self, script: str, *, keys: list[str], values: Values) -> Any:
        if not self._replicas:
            return self._run(script, keys=keys, values=values)
        pipe = self._redis.pipeline(transaction=False)
        self._scripts[script](keys=keys, args=values, client=pipe)
        return self._replicated(pipe)

    def _replicated(self, pipe: Any) -> Any:
        try:
            return wait_for_replicas(pipe, replicas=self._replicas)[0]
        except redis.RedisError as error:
            raise Unavailable(UNAVAILABLE) from error


def new_session_id() -> str:
    """A random session id of 192 bits."""
    return secrets.token_urlsafe(24)


def session_store() -> SessionStore:
    """The store that the settings name."""
    return _store(settings.AUTH_STORE_URL, settings.SESSION_REPLICAS, settings.REFRESH_GRACE)


@lru_cache(maxsize=4)
def _store(url: str, replicas: int, grace: int) -> SessionStore:
    return SessionStore(url, replicas=replicas, grace=grace)


def _datetime(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)
