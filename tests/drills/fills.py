"""What one client fills, within the limits of the edge and the service, from one address.

Each fill is a process of its own with a few threads: the ordinary user's times are not those of a
generator that holds Python's lock. All of them are bounded in connections, pace and time.
"""

import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.drills.client import BROKEN, Client
from tests.host.environment import EdgeAddress

ADDRESS = "203.0.113.66"
WORDS = ("water", "compost", "turn", "mend", "paint", "count", "fence", "ladder")
HOLD = 5.0  # seconds that a body waits for its last bytes
PIECE = b"x" * 65_536


@dataclass(frozen=True)
class Given:
    """What a fill needs: where, how long (seconds), whose account is attacked, and its own."""

    edge_address: EdgeAddress
    seconds: float
    victim: str
    account: str
    password: str = field(repr=False)
    token: str = field(repr=False)
    project: int
    body_bytes: int


Step = Callable[[Client, Given, int], int]


def body(client: Client, given: Given, turn: int) -> int:
    """The largest body that is taken, held open before its end."""
    line = client.line
    try:
        line.putrequest("POST", "/api/v1/auth/login/", skip_host=True)
        sizes = {"Content-Type": "application/json", "Content-Length": str(given.body_bytes)}
        for name, value in {**client.headers, **sizes}.items():
            line.putheader(name, value)
        line.endheaders()
        for _ in range(given.body_bytes // len(PIECE) - 1):
            line.send(PIECE)
        time.sleep(HOLD)
        line.send(b"x" * (given.body_bytes - (given.body_bytes // len(PIECE) - 1) * len(PIECE)))
        answer = line.getresponse()
        answer.read()
        return answer.status
    except Exception:  # refused before its end: the connection is closed
        line.close()
        return BROKEN


def queued(client: Client, given: Given, turn: int) -> int:
    """A task whose text is as long as it may be, each sign four bytes; or a mail to be sent."""
    if turn % 2:
        wanted = {"email": f"somebody-{time.monotonic_ns()}@example.com", "name": "x" * 150}
        return client.ask("POST", "/api/v1/auth/register/", body=wanted).status
    text = {"text": "\U0001f600" * 1000}
    return client.ask("POST", "/api/v1/echo/", body=text).status


def session(client: Client, given: Given, turn: int) -> int:
    """One more session of an account of the attacker's own."""
    client.headers.pop("Authorization", None)
    return client.log_in(given.account, password=given.password).status


def search(client: Client, given: Given, turn: int) -> int:
    """Words that most tasks hold, in orders that no index gives."""
    client.headers["Authorization"] = given.token
    order = ("-rank", "due", "priority", "rank")[turn % 4]
    query = f"q={WORDS[turn % len(WORDS)]}&ordering={order}"
    return client.ask("GET", f"/api/v1/projects/{given.project}/tasks/?{query}").status


def guess(client: Client, given: Given, turn: int) -> int:
    """A wrong password, of the ordinary user's account and of others."""
    email = given.victim if turn % 2 else f"somebody-{turn}@example.com"
    wrong = {"email": email, "password": "not the password of it"}
    return client.ask("POST", "/api/v1/auth/login/", body=wrong).status


@dataclass(frozen=True)
class Fill:
    """A fill: its name, one step of it, in how many threads, and their pace together."""

    name: str
    step: Step
    threads: int
    per_second: float


FILLS = (
    Fill("bodies", body, threads=20, per_second=20),
    Fill("search", search, threads=8, per_second=100),
    Fill("broker", queued, threads=6, per_second=100),
    Fill("sessions", session, threads=2, per_second=20),
    Fill("logins", guess, threads=8, per_second=50),
)


def run(fill: Fill, given: Given) -> Counter[int]:
    """Fill until the time is over, in a process of its own; how many answers had which status."""
    spawn = multiprocessing.get_context("spawn")
    found: Any = spawn.Queue()
    process = spawn.Process(target=_work, args=(fill.name, given, found))
    process.start()
    try:
        told: Counter[int] = found.get(timeout=given.seconds + 90)
    finally:
        process.join(timeout=10)
        process.kill()
    return told


def _work(name: str, given: Given, found: Any) -> None:
    fill = next(each for each in FILLS if each.name == name)
    counts = [Counter[int]() for _ in range(fill.threads)]
    threads = [threading.Thread(target=_loop, args=(fill, given, count)) for count in counts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found.put(sum(counts, Counter[int]()))


def _loop(fill: Fill, given: Given, count: Counter[int]) -> None:
    client = Client(given.edge_address, address=ADDRESS)
    end, turn = time.monotonic() + given.seconds, 0
    while time.monotonic() < end:
        began = time.monotonic()
        count[fill.step(client, given, turn)] += 1
        turn += 1
        time.sleep(max(0.0, fill.threads / fill.per_second - (time.monotonic() - began)))
