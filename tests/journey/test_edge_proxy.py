"""An edge behind a proxy that ends TLS: a second real Nginx, and a client that is none."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.journey.conftest import docker, free_port
from tests.journey.real_edge import RealEdge, edge_image, running, wait_until_open, wanted

pytestmark = pytest.mark.journey
NAME = "api.example.com"
CLIENT = "203.0.113.9"  # whom the proxy serves
PROXY = """
pid /tmp/nginx.pid;
error_log /dev/stderr warn;
events {}
http {
    access_log off;
    client_body_temp_path /tmp/a; proxy_temp_path /tmp/b;
    fastcgi_temp_path /tmp/c; uwsgi_temp_path /tmp/d; scgi_temp_path /tmp/e;
    server {
        listen 9443 ssl;
        ssl_certificate /files/tls.crt;
        ssl_certificate_key /files/tls.key;
        location / {
            proxy_pass http://EDGE:8080;
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-For "$http_x_forwarded_for, CLIENT";
        }
    }
}
"""


@dataclass(frozen=True)
class Proxied:
    """The edge and its address, and the proxy's container and port."""

    edge: RealEdge
    port: int
    name: str
    address: str

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask the proxy by TLS."""
        with httpx.Client(verify=False, trust_env=False, timeout=20) as client:
            given = {"Host": NAME, **headers}
            return client.get(f"https://127.0.0.1:{self.port}{path}", headers=given)

    def plain(self, path: str, **headers: str) -> httpx.Response:
        """Ask the edge itself by plain HTTP, from an address that is no proxy's."""
        url = f"http://127.0.0.1:{self.edge.http_port}{path}"
        return httpx.get(url, headers={"Host": NAME, **headers}, timeout=20, trust_env=False)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """Both, in a network where their addresses are known beforehand."""
    folder = tmp_path_factory.mktemp("proxied")
    name, third = f"edge-proxy-{secrets.token_hex(4)}", secrets.randbelow(250)
    subnet, label = f"10.231.{third}", f"upshift.test={name}"
    port = free_port()
    docker("network", "create", "--label", label, "--subnet", f"{subnet}.0/24", name)
    topology = wanted(
        edge={
            "tls": "proxy",
            "trusted_proxies": (f"{subnet}.3",),
            "server_names": (NAME, "localhost"),
        }
    )
    place = (f"--network={name}", f"--ip={subnet}.2", "--tmpfs=/var/tmp")
    try:
        with running(topology, folder=folder, options=place) as edge:
            text = PROXY.replace("EDGE", f"{subnet}.2").replace("CLIENT", CLIENT)
            (folder / "files" / "proxy.conf").write_text(text)
            docker(
                *("run", "--detach", "--name", name, "--label", label, "--user=10002:10002"),
                *(f"--network={name}", f"--ip={subnet}.3", f"--publish=127.0.0.1:{port}:9443"),
                *("--volume", f"{folder}/files:/files:ro", edge_image()),
                *("nginx", "-c", "/files/proxy.conf", "-g", "daemon off;"),
            )
            wait_until_open(port)
            yield Proxied(edge=edge, port=port, name=name, address=f"{subnet}.2")
    finally:
        docker("rm", "--force", "--volumes", name)
        docker("network", "rm", name)


def told(answer: httpx.Response) -> dict[str, Any]:
    """What reached the service. Fails when something else was answered."""
    assert answer.status_code == 200, f"{answer.status_code} {answer.headers} {answer.text}"
    headers: dict[str, Any] = answer.json()["headers"]
    return headers


def test_what_a_trusted_proxy_sends_is_served_without_a_loop(proxied: Proxied) -> None:
    headers = told(proxied.get("/a/page/"))
    assert headers["x-forwarded-proto"] == "https"
    assert (headers["host"], headers["x-forwarded-host"]) == (NAME, NAME)
    assert headers["x-real-ip"] == headers["x-forwarded-for"] == CLIENT
    assert proxied.get("/a/page/").headers["strict-transport-security"] == "max-age=63072000"


def test_a_client_of_the_proxy_cannot_pretend_to_be_another(proxied: Proxied) -> None:
    headers = told(proxied.get("/", **{"X-Forwarded-For": "192.0.2.66", "X-Real-IP": "192.0.2.66"}))
    assert headers["x-real-ip"] == headers["x-forwarded-for"] == CLIENT


@pytest.mark.parametrize("given", [{}, {"X-Forwarded-Proto": "https", "X-Forwarded-For": CLIENT}])
def test_other_clients_are_not_served_without_tls(proxied: Proxied, given: dict[str, str]) -> None:
    answer = proxied.plain("/a/page/?b=c", **given)
    assert answer.status_code == 308
    assert answer.headers["location"] == f"https://{NAME}/a/page/?b=c"
    assert "strict-transport-security" not in answer.headers


def test_what_came_to_the_proxy_by_plain_http_goes_to_tls(proxied: Proxied) -> None:
    script = f"curl -s -o /dev/null -w '%{{http_code}} %{{redirect_url}}' -H 'Host: {NAME}'"
    for scheme, status in (("http", "308"), ("https", "200")):
        asked = f"{script} -H 'X-Forwarded-Proto: {scheme}' http://{proxied.address}:8080/x/"
        assert docker("exec", proxied.name, "sh", "-c", asked).split()[0] == status


def test_tls_at_the_edge_itself_still_works(proxied: Proxied) -> None:
    with proxied.edge.client() as client:
        answer = client.get("/x/", headers={"Host": NAME, "X-Forwarded-For": CLIENT})
    assert told(answer)["x-real-ip"] != CLIENT
    assert answer.headers["strict-transport-security"] == "max-age=63072000"
