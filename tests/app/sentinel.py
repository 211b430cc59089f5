"""A Sentinel of the tests: it knows one primary, and says another one when told to."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

HELLO = b"%1\r\n$5\r\nproto\r\n:3\r\n"


class Asked(socketserver.StreamRequestHandler):
    """Answers in Redis's protocol (RESP 3): who is the primary, and fine to everything else."""

    def handle(self) -> None:
        """One connection."""
        while head := self.rfile.readline():
            words = [self._word() for _ in range(int(head[1:]))]
            self.server.heard.append(" ".join(words).upper())  # type: ignore[attr-defined]
            known = {"SENTINEL": self._masters(), "PING": b"+PONG\r\n", "HELLO": HELLO}
            self.wfile.write(known.get(words[0].upper(), b"+OK\r\n"))

    def _word(self) -> str:
        size = int(self.rfile.readline()[1:])
        return self.rfile.read(size + 2)[:-2].decode()

    def _masters(self) -> bytes:
        server: Any = self.server
        host, port = server.primary
        told = {"name": server.known_as, "ip": host, "port": str(port), "flags": "master"}
        told |= {"num-other-sentinels": "2", "num-slaves": "1", "quorum": "2"}
        flat = [word for pair in told.items() for word in pair]
        lines = "".join(f"${len(word)}\r\n{word}\r\n" for word in flat)
        return f"*1\r\n%{len(told)}\r\n{lines}".encode()


@contextmanager
def sentinel(*, primary: tuple[str, int], name: str = "queue") -> Iterator[Any]:
    """One on a port of its own: `server_address`, `primary` and `heard` are there to be used."""
    running: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Asked)
    with running:
        running.daemon_threads = True
        running.primary, running.known_as, running.heard = primary, name, []
        threading.Thread(target=running.serve_forever, args=[0.05], daemon=True).start()
        yield running
        running.shutdown()
