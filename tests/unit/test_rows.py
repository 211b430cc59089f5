"""The smoke check of simultaneous readers sees a service that mixes rows, and one that hangs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from stacks.topology.app import Exchange
from tests.host import rows

EXCHANGE = Exchange(path="/rows/", body={"words": "{text}"}, answer="/rows/{number}")


@contextmanager
def served(*, mixes: bool) -> Iterator[str]:
    """A service that keeps rows; one that mixes them now and then answers with the row before."""
    kept: list[str] = []
    asked = iter(range(1_000_000))

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing."""

        def do_POST(self) -> None:
            kept.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._answer(201, f'{{"number": {len(kept) - 1}}}')

        def do_GET(self) -> None:
            number = int(self.path.rpartition("/")[2])
            wrong = mixes and next(asked) % 10 == 0
            self._answer(200, kept[number - 1 if wrong else number])

        def _answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answers(address: str) -> list[str]:
    def client() -> httpx.Client:
        return httpx.Client(base_url=address, trust_env=False)

    with client() as writer:
        written = [rows.write(writer, exchange=EXCHANGE) for _ in range(4)]
    return [answer for _, answer in rows.read_together(client, written=written, times=10)]


def test_each_reader_of_a_right_service_gets_its_own_row() -> None:
    with served(mixes=False) as address:
        assert answers(address) == [rows.OWN] * 40


def test_a_row_of_another_is_seen() -> None:
    with served(mixes=True) as address:
        found = answers(address)
    wrong = [answer for answer in found if answer != rows.OWN]
    assert len(wrong) == 4 and all(answer.startswith("200 ") for answer in wrong)


def test_a_service_that_does_not_answer_is_seen() -> None:
    def client() -> httpx.Client:
        return httpx.Client(base_url="http://127.0.0.1:9", trust_env=False)

    found = rows.read_together(client, written=[("/rows/1", "a text")], times=2)
    assert [answer for _, answer in found] == ["ConnectError"] * 2
