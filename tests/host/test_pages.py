"""Pages as a visitor gets them: their own style sheets are there, and their policy lets them in."""

import httpx
import pytest

from stacks.topology import Topology
from tests.host.content_policy import blocked, wanted_by
from tests.host.environment import EdgeAddress

KINDS = {"style-src": "text/css", "script-src": "javascript"}
STEPS = 5  # redirects that are followed, such as to a login


def pages(client: httpx.Client, topology: Topology) -> dict[str, httpx.Response]:
    """The pages that the topology names, or else the first one; what is no HTML is no page."""
    found = {}
    for path in topology.app.smoke.pages or ("/",):
        answer = client.get(path, headers={"Accept": "text/html"})
        for _ in range(STEPS):
            target = answer.headers.get("location", "")
            if not answer.is_redirect or not target.startswith("/"):
                break
            answer = client.get(target, headers={"Accept": "text/html"})
        if answer.headers.get("content-type", "").startswith("text/html"):
            found[path] = answer
    return found


def address_of(answer: httpx.Response, *, edge_address: EdgeAddress) -> str:
    """The page's address as a browser has it, whatever was connected to."""
    return f"https://{edge_address.authority_name}{answer.url.raw_path.decode()}"


def test_no_page_is_blocked_by_its_own_policy(
    client: httpx.Client, topology: Topology, edge_address: EdgeAddress
) -> None:
    found = pages(client, topology)
    if not found:
        pytest.skip("the project answers with no page: topology.app.smoke.pages names none")
    for path, answer in found.items():
        page = wanted_by(answer.text, address=address_of(answer, edge_address=edge_address))
        policies = answer.headers.get_list("content-security-policy")
        wrong = blocked(page, policies=policies)
        assert not wrong, f"{path} blocks what it needs: {wrong}; see topology.edge.headers"


def test_the_style_sheets_and_scripts_of_a_page_are_there(
    client: httpx.Client, topology: Topology, edge_address: EdgeAddress
) -> None:
    found = pages(client, topology)
    if not found:
        pytest.skip("the project answers with no page: topology.app.smoke.pages names none")
    for path, answer in found.items():
        for wanted in wanted_by(
            answer.text, address=address_of(answer, edge_address=edge_address)
        ).own():
            file = client.get(httpx.URL(wanted.address).raw_path.decode())
            assert file.status_code == 200, f"{path}: {wanted}: {file.status_code}"
            kind = file.headers.get("content-type", "")
            assert KINDS[wanted.directive] in kind, f"{path}: {wanted}: it is {kind}"
