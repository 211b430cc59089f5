"""The sessions behind the tokens, in Redis: a token is good only while its session is there.

Kept so that a loss is safe: a Redis that forgets everything logs everybody out, and brings no
ended session back. Each change is one script, so that no two requests see a state in between.
`session:<id>` says whose it is, which refresh token is its current one, and when it ends;
`successor:<id>` says for a few seconds which pair the last refresh gave.
`sessions:<user>` lists a user's; `revoked:<jti>` is the list of single tokens that are dead.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
import redis
from django.conf import settings

from accounts.auth.session_scripts import SCRIPTS
from core.api.exceptions import Unavailable
from core.redis.client import connect
from core.redis.replication import read_from_primary, wait_for_replicas

MOST_NOTES = 5000  # about 3 MB in the queue's Redis
MOST = 50  # sessions of one user; one more ends the oldest
Claims = dict[str, Any]  # of both tokens of a pair, under `access` and `refresh`


@dataclass(frozen=True, kw_only=True)
class Session:
    """One login. `refresh` is the current token's jti; `mark` changes with the password."""

    id: str
    user: int
    refresh: str
    mark: str
    began: int
    agent: str = ""


class Store:
    """The sessions in one Redis. Every method raises Unavailable when it cannot answer.

    An end counts once that many `replicas` have it: one of them may be the next primary. A refresh
    token is accepted for `grace` seconds after its use.
    """

    def __init__(self, url: str, *, replicas: int = 0, grace: int = 0) -> None:
        self._redis = connect(url, use="durable")
        self._replicas, self._grace = replicas, grace
        self._scripts = {name: self._redis.register_script(text) for name, text in SCRIPTS.items()}

    def _run(self, script: str, *, keys: list[str], values: list[str | int]) -> Any:
        try:
            return self._scripts[script](keys=keys, args=values)
        except redis.RedisError as error:
            raise Unavailable(SESSIONS_AWAY) from error

    def _end(self, script: str, *, keys: list[str], values: list[str | int]) -> Any:
        if not self._replicas:
            return self._run(script, keys=keys, values=values)
        pipe = self._redis.pipeline(transaction=False)
        self._scripts[script](keys=keys, args=values, client=pipe)
        return self._replicated(pipe)

    def _replicated(self, pipe: Any) -> Any:
        try:
            return wait_for_replicas(pipe, replicas=self._replicas)[0]
        except redis.RedisError as error:
            raise Unavailable(SESSIONS_AWAY) from error

    def open(self, session: Session, *, now: int, ends: int) -> None:
        """Keep a new session until `ends` (seconds since 1970)."""
        record = {"user": session.user, "refresh": session.refresh}
        record |= {"mark": session.mark, "began": session.began, "agent": session.agent}
        keys = [f"session:{session.id}", f"sessions:{session.user}"]
        values: list[str | int] = [json.dumps(record), ends, now, session.id, MOST, "session:"]
        self._run("open", keys=keys, values=values)

    def find(self, session: str, *, jti: str) -> Session | None:
        """The session, unless it ended or this token of it is revoked. One round trip."""
        try:
            kept, revoked = read_from_primary(self._redis, [f"session:{session}", f"revoked:{jti}"])
        except redis.RedisError as error:
            raise Unavailable(SESSIONS_AWAY) from error
        if kept is None or revoked is not None:
            return None
        return Session(id=session, **orjson.loads(kept))

    def rotate(
        self, session: Session, *, presented: str, fresh: str, ends: int, claims: Claims
    ) -> tuple[str, Claims]:
        """Take `fresh` for the current refresh token. Returns what was done, and the claims of the
        next pair: `rotated`, `repeated`, `gone` or `replayed`.

        `repeated`: `presented` is the token before, used again within REFRESH_GRACE seconds (two
        tabs of a browser, a lost answer); the claims are those of the pair that was given then.
        Any other token that is not the current one was stolen, or its owner's was: the session
        ends. Claims are no tokens: what is kept here opens nothing without a key.
        """
        keys = [f"session:{session.id}", f"sessions:{session.user}", f"successor:{session.id}"]
        successor = json.dumps({"presented": presented, **claims})
        values: list[str | int] = [presented, fresh, ends, session.id]
        done = str(self._run("rotate", keys=keys, values=[*values, successor, self._grace]))
        if done == "replayed" and self._replicas:
            self.end_one(session.id, user=session.user)  # again, for the replicas
        if done.startswith("{"):
            return "repeated", orjson.loads(done)
        return done, claims

    def end(self, session: str, *, user: int, jti: str, seconds: int) -> None:
        """End a session, and list the token that asked as revoked while it would be valid."""
        keys = [f"session:{session}", f"sessions:{user}", f"revoked:{jti}"]
        self._end("end", keys=keys, values=[session, seconds])

    def end_all(self, *, user: int) -> int:
        """End every session of a user; how many there were."""
        return int(self._end("end_all", keys=[f"sessions:{user}"], values=["session:"]))

    def end_one(self, session: str, *, user: int) -> bool:
        """End a session of this user; False where they have none of that name."""
        keys = [f"session:{session}", f"sessions:{user}"]
        return bool(self._end("end_one", keys=keys, values=[user, session]))

    def keep(self, name: str, text: str, *, now: int, seconds: int) -> None:
        """Keep a note for a while, for `take`. Anybody may cause one, so their number is bounded:
        one more than MOST_NOTES ends the oldest.
        """
        keys = [f"note:{name}", "notes"]
        values: list[str | int] = [text, now + seconds, now, f"note:{name}", MOST_NOTES]
        self._run("keep", keys=keys, values=values)

    def take(self, name: str) -> str | None:
        """A note that was kept. It is there once: of two who take it, one gets None."""
        pipe = self._redis.pipeline(transaction=False)
        found: str | None = self._replicated(pipe.getdel(f"note:{name}"))
        return found

    def all_of(self, *, user: int) -> list[dict[str, Any]]:
        """A user's sessions, the newest first, each with `id`, `began`, `ends` and `agent`."""
        try:
            ends = dict(self._redis.zrange(f"sessions:{user}", 0, -1, withscores=True))
            kept = self._redis.mget([f"session:{name}" for name in ends]) if ends else []
        except redis.RedisError as error:
            raise Unavailable(SESSIONS_AWAY) from error
        found = []
        for (name, end), text in zip(ends.items(), kept, strict=True):
            if text is not None:
                session = Session(id=name, **orjson.loads(text))
                times = {"began": _moment(session.began), "ends": _moment(int(end))}
                found.append({"id": name, "agent": session.agent, **times})
        return sorted(found, key=lambda session: session["began"], reverse=True)


SESSIONS_AWAY = "Sessions cannot be checked at the moment. Try again."


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def new_session_id() -> str:
    """A name that cannot be guessed."""
    return secrets.token_urlsafe(24)


@lru_cache(maxsize=4)
def _store(url: str, replicas: int, grace: int) -> Store:
    return Store(url, replicas=replicas, grace=grace)


def store() -> Store:
    """The store that the settings name."""
    return _store(settings.AUTH_STORE_URL, settings.SESSION_REPLICAS, settings.REFRESH_GRACE)
