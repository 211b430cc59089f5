"""A running journey: its containers, a client of its edge, and its notes."""

import ssl
from typing import Any

import httpx

from tests.journey.conftest import Journey, docker


def started(journey: Journey) -> dict[str, str]:
    """Each container's id by name: what an `up` without changes must leave alone."""
    lines = docker(
        *["ps", "-a", "--no-trunc", "--format", "{{.Names}} {{.ID}}"],
        *["--filter", f"label=upshift.test={journey.stack}"],
    )
    return dict(line.split() for line in lines.splitlines())


def client(journey: Journey) -> httpx.Client:
    """Speaks to the edge, trusting the authority that the edge itself shows."""
    pem = docker("exec", journey.container("edge"), "cat", "/run/upshift/tls.crt")
    trust = ssl.create_default_context(cadata=pem)
    port = journey.described["edge"]["https_port"]
    return httpx.Client(base_url=f"https://localhost:{port}", verify=trust, timeout=20)


def smoke_headers(journey: Journey) -> dict[str, str]:
    """The token of the smoke checks, with which notes may be written and read."""
    token = docker("exec", journey.container("service"), "cat", "/run/upshift/smoke-token")
    return {"X-Smoke-Token": token.strip()}


def notes(journey: Journey) -> list[dict[str, Any]]:
    """What the database-backed list says, page after page."""
    found: list[dict[str, Any]] = []
    place = "/api/v1/notes/"
    with client(journey) as http:
        while place:
            answer = http.get(place, headers=smoke_headers(journey))
            assert answer.status_code == 200, answer.text
            found += answer.json()["results"]
            place = answer.json()["next"]
    return found
