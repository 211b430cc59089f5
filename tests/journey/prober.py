"""Reads and writes against an edge while something is done to what stands behind it.

Every request is counted, and nothing is forgotten: a failure is told by its kind, and each write
that was acknowledged is kept, to be looked for afterwards. Bounded in count and in time.

A client sends a request once. The one exception is that of RFC 9110 (9.3.1) and of Go's client: a
request without effect, or with an `Idempotency-Key`, is sent again on a new connection when a
connection that was used before is closed without a single byte of an answer: a server may close
an idle connection at any moment. These are counted too (`resent`).
"""

import http.client
import itertools
import json
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from secrets import token_hex
from types import TracebackType
from typing import Any, Self

from tests.host.environment import EdgeAddress

TIMEOUT = 40.0  # seconds for one request; longer than the edge gives one
Write = Callable[[str], tuple[str, dict[str, Any]]]


@dataclass
class Journal:
    """What became of the requests. `gap` is the longest time without an answered one, seconds."""

    reads: int = 0
    writes: int = 0
    resent: int = 0
    gap: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)
    acknowledged: list[str] = field(default_factory=list)
    last: float = field(default_factory=time.monotonic)

    @property
    def requests(self) -> int:
        """All that were sent, the failed ones too."""
        return self.reads + self.writes + sum(self.failures.values())

    def __str__(self) -> str:
        failed = ", ".join(f"{n} x {kind}" for kind, n in self.failures.most_common()) or "none"
        return (
            f"{self.requests} requests ({self.reads} reads, {self.writes} writes answered),"
            f" failed: {failed}; resent {self.resent}; longest gap {self.gap:.2f} s"
        )


@dataclass(frozen=True)
class Load:
    """What is asked: paths to read, one write for every `writes_every` requests, and the bounds.

    `write` gives path and body for a key; `headers` go with every request.
    """

    reads: Sequence[str]
    write: Write | None = None
    writes_every: int = 8
    headers: dict[str, str] = field(default_factory=dict)
    threads: int = 6
    per_second: float = 200.0
    most: int = 200_000
    seconds: float = 1800.0


class Prober:
    """Sends a load while the block runs: `with Prober(edge_address, load) as prober: …`."""

    def __init__(self, edge_address: EdgeAddress, load: Load) -> None:
        self.journal = Journal()
        self._address, self._load = edge_address, load
        self._trust = edge_address.trust()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._end = time.monotonic() + load.seconds
        self._threads = [threading.Thread(target=self._run) for _ in range(load.threads)]

    def __enter__(self) -> Self:
        self.journal.last = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def at_work(self) -> bool:
        """Whether every thread still sends: none has met a bound or an error of its own."""
        return all(thread.is_alive() for thread in self._threads)

    def wait_for(self, requests: int, *, seconds: float) -> None:
        """Go on until so many requests were sent, but no longer than that."""
        deadline = time.monotonic() + seconds
        while self.journal.requests < requests and time.monotonic() < deadline:
            time.sleep(0.1)

    def _run(self) -> None:
        with closing(Line(self._address, trust=self._trust)) as line:
            self._send(line)

    def _send(self, line: "Line") -> None:
        pause = self._load.threads / self._load.per_second
        while not self._stop.is_set() and time.monotonic() < self._end:
            number = next(self._numbers)
            if number >= self._load.most:
                return
            began = time.monotonic()
            self._ask(line, number=number)
            time.sleep(max(0.0, pause - (time.monotonic() - began)))

    def _ask(self, line: "Line", *, number: int) -> None:
        write = self._load.write if number % self._load.writes_every == 0 else None
        if write is None:
            path = self._load.reads[number % len(self._load.reads)]
            told = line.ask("GET", path, body=None, headers=self._load.headers)
            self._note(told, good=200, line=line)
            return
        key = token_hex(12)
        path, body = write(key)
        headers = {**self._load.headers, "Idempotency-Key": key, "Content-Type": "application/json"}
        told = line.ask("POST", path, body=json.dumps(body), headers=headers)
        self._note(told, good=201, line=line, key=key)

    def _note(self, told: str, *, good: int, line: "Line", key: str = "") -> None:
        with self._lock:
            kept, now = self.journal, time.monotonic()
            kept.resent += line.resent
            line.resent = 0
            if told != str(good):
                kept.failures[told] += 1
                return
            kept.gap, kept.last = max(kept.gap, now - kept.last), now
            if key:
                kept.writes += 1
                kept.acknowledged.append(key)
            else:
                kept.reads += 1


class Line(http.client.HTTPSConnection):
    """One connection to the edge, kept open; it connects again by itself."""

    def __init__(self, edge_address: EdgeAddress, *, trust: ssl.SSLContext) -> None:
        super().__init__(edge_address.host, edge_address.https_port, timeout=TIMEOUT, context=trust)
        self._address, self._trust = edge_address, trust
        self.resent = 0
        self._answered = False

    def connect(self) -> None:
        """Connect to the edge's address and ask for its name."""
        plain = socket.create_connection(
            (self._address.host, self._address.https_port), self.timeout
        )
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self._trust.wrap_socket(plain, server_hostname=self._address.name)

    def send_once(self, method: str, path: str, *, body: str | None, headers: Any) -> str:
        """The status of the answer. Raises what the connection raises."""
        host = {"Host": self._address.authority_name}
        self._answered = False
        self.request(method, path, body=body, headers={**host, **headers})
        answer = self.getresponse()
        self._answered = True
        answer.read()
        return str(answer.status)

    def ask(self, method: str, path: str, *, body: str | None, headers: Any) -> str:
        """The status, or the kind of failure; see the module for what is sent again."""
        used = self.sock is not None
        try:
            return self.send_once(method, path, body=body, headers=headers)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError) as closed:
            self.close()
            if not used or self._answered:
                return type(closed).__name__
        except (OSError, http.client.HTTPException) as failed:
            self.close()
            return type(failed).__name__
        self.resent += 1
        return self.ask(method, path, body=body, headers=headers)
