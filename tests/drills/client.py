"""A client of the edge with an address of its own, and what its requests cost."""

import http.client
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.host.environment import EdgeAddress
from tests.journey.prober import Line

BROKEN = 0  # the status of a request that got no answer


@dataclass(frozen=True)
class Answer:
    """One answer; `seconds` from the first byte sent to the last byte read."""

    status: int
    body: bytes
    seconds: float

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Client:
    """One connection. The stack trusts the machine's word about the client's address."""

    def __init__(
        self, edge_address: EdgeAddress, *, address: str, headers: Mapping[str, str] | None = None
    ):
        self.line = Line(edge_address, trust=edge_address.trust())
        self.device = ""
        self.headers = {
            "Host": edge_address.authority_name,
            "X-Forwarded-For": address,
            **(headers or {}),
        }

    def ask(self, method: str, path: str, *, body: Any = None) -> Answer:
        """Send it once, and once more when an idle connection had been closed."""
        sent = None if body is None else json.dumps(body)
        kind = {} if body is None else {"Content-Type": "application/json"}
        for used in (self.line.sock is not None, False):
            began = time.monotonic()
            try:
                self.line.request(method, path, body=sent, headers={**self.headers, **kind})
                answer = self.line.getresponse()
                found = answer.read()
                return Answer(answer.status, found, time.monotonic() - began)
            except (OSError, ssl.SSLError, http.client.HTTPException):
                self.line.close()
                if not used:
                    break
        return Answer(BROKEN, b"", time.monotonic() - began)

    def log_in(self, email: str, *, password: str) -> Answer:
        """Log in; from now on the client shows its token, and at the next login its device."""
        body = {"email": email, "password": password}
        body |= {"device": self.device} if self.device else {}
        answer = self.ask("POST", "/api/v1/auth/login/", body=body)
        if answer.status == 200:
            self.headers["Authorization"] = f"Bearer {answer.json()['access']}"
            self.device = answer.json().get("device", "")
        return answer
