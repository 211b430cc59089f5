"""The ordinary user: reads, searches and writes at a steady pace, and every answer is timed."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.drills.client import Client

ADDRESS = "198.51.100.7"
PER_SECOND = 12.0


@dataclass(frozen=True)
class Account:
    """Who asks, and about which rows."""

    email: str
    password: str = field(repr=False)
    project: int
    task: int

    def requests(self) -> list[tuple[str, str, dict[str, str] | None]]:
        """What is done in turn: method, path, body."""
        tasks = f"/api/v1/projects/{self.project}/tasks/"
        return [
            ("GET", tasks, None),
            ("GET", f"/api/v1/tasks/{self.task}/", None),
            ("GET", f"{tasks}?q=compost", None),
            ("POST", tasks, {"title": "of the drill"}),
            ("GET", f"{tasks}?ordering=-priority", None),
        ]


@dataclass
class Seen:
    """What became of the requests of one phase; times in milliseconds."""

    times: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        """Answers from 500 on, and requests without an answer."""
        return sum(n for status, n in self.statuses.items() if status >= 500 or status == 0)

    @property
    def refused(self) -> int:
        """Answers from 400 to 499: an ordinary user sends nothing wrong, and not too much."""
        return sum(n for status, n in self.statuses.items() if 400 <= status < 500)

    def percentile(self, share: float) -> float:
        """Milliseconds that this share of the answers took at most; 0 without any."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    def told(self) -> dict[str, float]:
        """The figures."""
        shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
        return {
            "n": len(self.times),
            **{name: round(self.percentile(share), 1) for name, share in shares.items()},
            "failed": self.failed,
            "refused": self.refused,
        }


class OrdinaryUser:
    """Asks while the block runs; what came of it is in `seen`."""

    def __init__(self, account: Account, *, client: Client) -> None:
        self.seen = Seen()
        self._account, self._client = account, client
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        requests = self._account.requests()
        turn = 0
        while not self._stop.is_set():
            began = time.monotonic()
            method, path, body = requests[turn % len(requests)]
            answer = self._client.ask(method, path, body=body)
            self.seen.times.append(answer.seconds * 1000)
            self.seen.statuses[answer.status] += 1
            turn += 1
            self._stop.wait(max(0.0, 1 / PER_SECOND - (time.monotonic() - began)))
