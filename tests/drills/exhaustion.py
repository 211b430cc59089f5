"""What an anonymous client can fill is filled, and then an ordinary user asks.

Five fills, one after the other, each from one address and within the product's own limits: large
bodies, the queue, sessions, searches and logins. Afterwards the user's requests must all be
answered, 95 of 100 within 200 ms, and what was filled must have an end of its own.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from stacks.topology import Topology
from tests.drills import fills, looks
from tests.drills.client import Client
from tests.drills.fills import FILLS, Fill, Given
from tests.drills.looks import State
from tests.drills.user import ADDRESS, Account, OrdinaryUser, Seen
from tests.host.environment import EdgeAddress, Environment

P95 = 200.0  # milliseconds
QUIET = 6.0  # seconds of asking before, and after each fill
TRIES = 3  # a busy machine may spoil one look, and no three
Say = Callable[[str], None]


@dataclass
class Result:
    """One fill: the user's figures during and after it, and the state after it."""

    name: str
    filled: Counter[int]
    during: dict[str, float]
    after: dict[str, float]
    logins: dict[str, int]
    state: State
    wrong: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """For the report; the status 0 is a request without an answer."""
        return {**vars(self), "filled": dict(self.filled), "state": self.state.told()}


@dataclass(frozen=True)
class Drill:
    """A stack that is up and seeded, and who asks."""

    topology: Topology
    edge_address: EdgeAddress
    account: Account
    attacker: str
    token: str
    client: Client

    @classmethod
    def of(cls, topology: Topology, *, account: Account, attacker: str) -> "Drill":
        """Log the ordinary user in, and the attacker, who searches within a token's time."""
        edge_address = EdgeAddress.of(Environment(topology))
        client, other = Client(edge_address, address=ADDRESS), Client(
            edge_address, address=fills.ADDRESS
        )
        for each, email in ((client, account.email), (other, attacker)):
            answer = each.log_in(email, password=account.password)
            assert answer.status == 200, f"a login answered {answer.status}: {answer.body!r}"
        other.line.close()  # only its token is used from here on
        return cls(
            topology, edge_address, account, attacker, other.headers["Authorization"], client
        )

    def run(self, names: Sequence[str], *, seconds: float, say: Say) -> dict[str, Any]:
        """Every fill; the report."""
        before, first = self._ask(seconds=QUIET), self._look()
        limit = max(P95, 2 * before.percentile(0.95))
        say(f"before: {before.told()}")
        results = []
        for fill in (each for each in FILLS if each.name in names):
            results.append(self._fill(fill, seconds=seconds, limit=limit, first=first))
            say(told_of(results[-1]))
        return {
            "seconds": seconds,
            "limit_ms": limit,
            "before": before.told(),
            "first": first.told(),
            "results": [result.told() for result in results],
            "wrong": [f"{each.name}: {text}" for each in results for text in each.wrong],
        }

    def _fill(self, fill: Fill, *, seconds: float, limit: float, first: State) -> Result:
        start = self._look()
        self._log_in(self.client)  # a drill may outlast a token
        with OrdinaryUser(self.account, client=self.client) as user:
            filled = fills.run(fill, self._given(seconds))
        ended = self._look()
        after = self._afterwards(limit)
        fresh = Client(self.edge_address, address="198.51.100.8")
        logins = {"new device": self._log_in(fresh), "known device": self._log_in(self.client)}
        result = Result(fill.name, filled, user.seen.told(), after.told(), logins, self._look())
        result.wrong = judged(result, after=after, limit=limit, first=first)
        growth = (ended.broker - start.broker) / seconds
        full = start.broker + growth * looks.result_seconds(self.topology)
        if full > 0.9 * start.broker_most:
            result.wrong.append(
                f"at this pace the queue holds {full:.0f} of {start.broker_most:.0f} MiB before"
                " the first result is dropped"
            )
        return result

    def _afterwards(self, limit: float) -> Seen:
        """The user's requests once the fill is over; a look that something else spoilt is taken
        again, up to three times.
        """
        for _ in range(TRIES):
            seen = self._ask(seconds=QUIET)
            if not seen.failed and seen.percentile(0.95) <= limit:
                break
        return seen

    def _log_in(self, client: Client) -> int:
        return client.log_in(self.account.email, password=self.account.password).status

    def _ask(self, *, seconds: float) -> Seen:
        with OrdinaryUser(self.account, client=self.client) as user:
            time.sleep(seconds)
        return user.seen

    def _look(self) -> State:
        ready = self.client.ask("GET", self.topology.app.ready_path)
        return looks.look(self.topology, ready=ready.status == 200)

    def _given(self, seconds: float) -> Given:
        return Given(
            edge_address=self.edge_address,
            seconds=seconds,
            victim=self.account.email,
            account=self.attacker,
            password=self.account.password,
            token=self.token,
            project=self.account.project,
            body_bytes=self.topology.edge.body_limit * 1_048_576,
        )


def judged(result: Result, *, after: Seen, limit: float, first: State) -> list[str]:
    """What is wrong with a fill: with its user's requests, or with what it left."""
    wrong = []
    if result.during["failed"]:
        wrong.append(f"{result.during['failed']:.0f} of the user's requests failed meanwhile")
    if after.failed or after.refused:
        wrong.append(f"afterwards the user got {dict(after.statuses)}")
    if after.percentile(0.95) > limit:
        wrong.append(f"afterwards p95 is {after.percentile(0.95):.0f} ms, above {limit:.0f}")
    if set(result.logins.values()) != {200}:
        wrong.append(f"the user's logins answered {result.logins}")
    if not result.state.ready or result.state.worker != "healthy":
        wrong.append(f"ready: {result.state.ready}, worker: {result.state.worker}")
    if result.state.restarts != first.restarts:
        wrong.append(f"containers were restarted: {result.state.restarts}")
    return wrong


def told_of(result: Result) -> str:
    """One fill on one line."""
    counts = {status or "broken": number for status, number in sorted(result.filled.items())}
    state = f"queue {result.state.broker:.1f} MiB, {result.state.sessions} sessions"
    judged = "; ".join(result.wrong) or "well"
    return (
        f"{result.name}: filled {counts}; during {result.during}; after {result.after};"
        f" logins {result.logins}; {state}: {judged}"
    )
