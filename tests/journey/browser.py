"""A real browser, Debian's Chromium without a window, driven over its own protocol by a pipe.

It writes down all that a person would find in the developer's tools: what scripts wrote to the
console, what they threw, what could not be loaded, and each report of a content security policy.
"""

import base64
import fcntl
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--remote-debugging-pipe", "--window-size=1280,1000"),
)
PATIENCE = 20.0  # seconds: a bound, not a measure
# Of forms, of speed, and of what may go one day; no fault of a page that works.
ADVICE = ("DeprecationIssue", "GenericIssue", "PerformanceIssue")
QUIET = 0.5  # seconds without a request, then a page is done


class Browser:
    """One page of one browser, with a profile of its own."""

    def __init__(self, *, profile: Path, names: str, through: Sequence[str]) -> None:
        """`profile` is an empty folder and its home; `names` maps host names to addresses."""
        to_browser, our_end = os.pipe()
        their_end, from_browser = os.pipe()
        # Above the two numbers that the browser reads and writes, so that none is overwritten.
        given = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_browser, from_browser)]

        def hand_over() -> None:
            os.dup2(given[0], 3)
            os.dup2(given[1], 4)

        folder = f"--user-data-dir={profile / 'data'}"
        self._process = subprocess.Popen(
            [*through, "chromium", *FLAGS, folder, f"--host-resolver-rules={names}", "about:blank"],
            env={**os.environ, "HOME": str(profile)},
            preexec_fn=hand_over,
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (to_browser, from_browser, *given):
            os.close(end)
        self._write = os.fdopen(our_end, "wb", buffering=0)
        self._read = their_end
        self._rest = b""
        self._number = 0
        self.complaints: list[str] = []
        self._last_network = time.monotonic()
        self._under_way: set[str] = set()
        self._session = self._attach()

    def open(self, address: str) -> None:
        """Go there, and wait until the page asks for nothing more."""
        told = self.call("Page.navigate", url=address)
        assert "errorText" not in told, f"{address}: {told['errorText']}"
        self.settle()

    def settle(self) -> None:
        """Wait until no request is under way, for a moment."""
        self._last_network = time.monotonic()
        self._listen(lambda: not self._under_way and time.monotonic() > self._last_network + QUIET)

    def run(self, script: str) -> Any:
        """What a script's expression is, in the page."""
        told = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def until(self, script: str) -> Any:
        """The same, as soon as it is true."""
        deadline = time.monotonic() + PATIENCE
        while not (found := self.run(script)):
            assert time.monotonic() < deadline, f"not so: {script}; {self.complaints}"
            time.sleep(0.05)
        return found

    def picture(self, file: Path) -> None:
        """Write what the page looks like, as PNG."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def call(self, method: str, **given: Any) -> Any:
        """One command of the protocol, and its answer."""
        number = self._send(method, given)
        answer: dict[str, Any] = {}
        self._listen(lambda: answer, number=number, answer=answer)
        assert "error" not in answer, f"{method}: {answer}"
        return answer["result"]

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(timeout=PATIENCE)
        self._write.close()
        os.close(self._read)

    def _attach(self) -> str:
        self._session = ""
        pages = self.call("Target.getTargets")["targetInfos"]
        target = next(page["targetId"] for page in pages if page["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.call(f"{domain}.enable")
        return self._session

    def _send(self, method: str, given: dict[str, Any]) -> int:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": given}
        if self._session:
            message["sessionId"] = self._session
        self._write.write(json.dumps(message).encode() + b"\0")
        return self._number

    def _listen(
        self,
        done: Callable[[], object],
        *,
        number: int = 0,
        answer: dict[str, Any] | None = None,
    ) -> None:
        """Take messages until `done`; the answer to `number` goes into `answer`."""
        deadline = time.monotonic() + PATIENCE
        os.set_blocking(self._read, False)
        while not done():
            assert time.monotonic() < deadline, f"the browser waits: {self.complaints}"
            for message in self._messages():
                if answer is not None and message.get("id") == number:
                    answer.update(message)
                elif "method" in message:
                    self._hear(message["method"], message["params"])

    def _messages(self) -> Iterator[dict[str, Any]]:
        try:
            data = os.read(self._read, 1 << 20)
        except BlockingIOError:
            time.sleep(0.02)
            return
        assert data, "the browser has ended"
        *whole, self._rest = (self._rest + data).split(b"\0")
        for text in whole:
            yield json.loads(text)

    def _hear(self, event: str, told: dict[str, Any]) -> None:
        if event.startswith("Network."):
            self._last_network = time.monotonic()
            if event == "Network.requestWillBeSent" and told["request"]["url"].startswith("http"):
                self._under_way.add(told["requestId"])
            elif event in ("Network.loadingFinished", "Network.loadingFailed"):
                self._under_way.discard(told["requestId"])
            if event == "Network.loadingFailed" and not told.get("canceled"):
                self.complaints.append(f"not loaded: {told['errorText']} {told['type']}")
        elif event == "Runtime.exceptionThrown":
            self.complaints.append(f"thrown: {json.dumps(told['exceptionDetails'])[:500]}")
        elif event == "Runtime.consoleAPICalled" and told["type"] in ("error", "assert"):
            self.complaints.append(f"console: {json.dumps(told['args'])[:500]}")
        elif event == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.complaints.append(f"log: {told['entry']['text']} {told['entry'].get('url', '')}")
        elif event == "Audits.issueAdded" and told["issue"]["code"] not in ADVICE:
            self.complaints.append(f"issue: {json.dumps(told['issue'])[:700]}")


@contextmanager
def browser(*, profile: Path, names: str = "", through: Sequence[str] = ()) -> Iterator[Browser]:
    """A browser for a while; `through` another program where that is given."""
    opened = Browser(profile=profile, names=names, through=through)
    try:
        yield opened
    finally:
        opened.close()
