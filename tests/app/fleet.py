"""Three real Redis under three real Sentinels, as processes of the test's own."""

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.redis.address import Redis as Place
from processes import free_ports, until

NAME = "queue"
PASSWORD = "p@ss/word+1"  # what an address has to quote
THEIRS = "s@me/word+2"
DOWN_AFTER = 1000  # milliseconds
QUICK = ("info-period", 1000, "publish-period", 500)
SERVER = f"""
bind 127.0.0.1
databases 16
masterauth "{PASSWORD}"
min-replicas-max-lag 3
min-replicas-to-write 1
repl-diskless-sync-delay 0
repl-ping-replica-period 1
requirepass "{PASSWORD}"
save ""
"""
WATCH = f"""
bind 127.0.0.1
requirepass "{THEIRS}"
sentinel sentinel-pass "{THEIRS}"
sentinel monitor {NAME} 127.0.0.1 %d 2
sentinel auth-pass {NAME} "{PASSWORD}"
sentinel down-after-milliseconds {NAME} {DOWN_AFTER}
sentinel failover-timeout {NAME} 4000
"""


class Fleet:
    """A primary, its replicas, and who watches them: each is named by its port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        ports = free_ports(6)
        self.servers, self.sentinels = ports[:3], ports[3:]

    def start(self) -> None:
        """Until all of them know each other. They are told, for hearsay takes seconds."""
        first, *others = self.servers
        for port in self.servers:
            after = f"replicaof 127.0.0.1 {first}\n" if port != first else ""
            self._begin(port, text=f"port {port}\n{SERVER}{after}")
        until(lambda: self.asked(first).info("replication")["connected_slaves"] == 2)
        ids = {port: secrets.token_hex(20) for port in self.sentinels}
        for port, own in ids.items():
            lines = [f"port {port}", f"sentinel myid {own}", WATCH % first]
            lines += [f"sentinel known-replica {NAME} 127.0.0.1 {each}" for each in others]
            known = [(each, name) for each, name in ids.items() if each != port]
            lines += [f"sentinel known-sentinel {NAME} 127.0.0.1 {p} {i}" for p, i in known]
            self._begin(port, "--sentinel", text="\n".join(lines))
            # How often they talk; an old primary that is back is set right after four such times.
            self.asked(port).execute_command("SENTINEL", "DEBUG", *QUICK)
        until(lambda: all(self._watches(port) for port in self.sentinels), what="they all watch")

    def asked(self, port: int, *, database: int = 0) -> redis.Redis:
        """A client of one server or Sentinel, that tries once."""
        word = THEIRS if port in self.sentinels else PASSWORD
        number = 0 if port in self.sentinels else self.place().first + database
        options: dict[str, Any] = {"retry": Retry(NoBackoff(), 0), "socket_timeout": 2}
        return redis.Redis(port=port, password=word, db=number, **options)

    def primary(self) -> int:
        """Whom the first Sentinel calls the primary."""
        return int(self.asked(self.sentinels[0]).sentinel_get_master_addr_by_name(NAME)[1])

    def another_than(self, port: int) -> int:
        """The next primary, once there is one."""
        return until(lambda: self.primary() != port and self.primary(), what="a new primary")

    def role(self, port: int) -> str:
        """`master` or `slave`, by its own word; nothing while it hangs up."""
        try:
            return self.asked(port).info("replication")["role"]
        except redis.ConnectionError:
            return ""

    def kill(self, port: int) -> None:
        """Its process is gone at once."""
        self._running[port].kill()
        self._running[port].wait()

    def freeze(self, *ports: int) -> None:
        """They keep every connection open, and say nothing."""
        for port in ports:
            self._running[port].send_signal(signal.SIGSTOP)

    def thaw(self, *ports: int) -> None:
        """They go on, and know nothing of the time between."""
        for port in ports:
            self._running[port].send_signal(signal.SIGCONT)

    def url(self, *, database: int) -> str:
        """The address for the service's own clients."""
        return self.place().url(database=database)

    def place(self) -> Place:
        """Where it is, as the service is told."""
        hosts = tuple(f"127.0.0.1:{port}" for port in self.sentinels)
        word = {"password": PASSWORD, "sentinel_password": THEIRS}
        first = int(os.environ["REDIS_FIRST_DATABASE"])
        return Place(host="", port=6379, first=first, sentinels=hosts, name=NAME, **word)

    def environment(self) -> dict[str, str]:
        """The same for a process."""
        hosts = ", ".join(self.place().sentinels)
        words = {"QUEUE_PASSWORD": PASSWORD, "QUEUE_SENTINEL_PASSWORD": THEIRS}
        return {"QUEUE_HOST": "nowhere.invalid", "QUEUE_SENTINELS": hosts, **words}

    def end(self) -> None:
        """Nothing is left running."""
        for each in self._running.values():
            each.kill()
            each.wait()

    def _begin(self, port: int, *words: str, text: str) -> None:
        folder = self._folder / str(port)
        folder.mkdir()
        (folder / "redis.conf").write_text(text)
        self._running[port] = subprocess.Popen(
            ["redis-server", "redis.conf", *words], cwd=folder, stdout=subprocess.DEVNULL
        )
        until(lambda: self._answers(port), what=f"{port} answers")

    def _answers(self, port: int) -> bool:
        try:
            return bool(self.asked(port).ping())
        except redis.ConnectionError:
            return False

    def _watches(self, port: int) -> bool:
        told = self.asked(port).sentinel_master(NAME)
        return told["flags"] == "master" and told["num-slaves"] == told["num-other-sentinels"] == 2


def leave(client: Any) -> None:
    """Close what a client of the service has opened, to the Sentinels too."""
    client.connection_pool.disconnect()
    client.connection_pool.sentinel_manager.close()


@contextmanager
def fleet(folder: Path) -> Iterator[Fleet]:
    """One that runs."""
    running = Fleet(folder)
    try:
        running.start()
        yield running
    finally:
        running.end()
