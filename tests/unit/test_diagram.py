"""The diagram of an environment: what is in it, and that the document shows the current one."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from stacks.files.diagram import diagram
from stacks.loading import load_topology
from stacks.topology import COMPONENTS, PROJECT, Topology
from stacks.topology.app import App, Smoke
from stacks.topology.edge import Edge

SHOWN = PROJECT / "docs" / "architecture.svg"


def texts(svg: str) -> list[str]:
    """Every text of an SVG document, which must be well-formed."""
    return [
        each.text or "" for each in ElementTree.fromstring(svg).iter() if each.tag[-4:] == "text"
    ]


def test_each_component_and_its_size_is_in_the_diagram() -> None:
    found = texts(diagram(Topology(stack="dev", edge=Edge(https_port=8553))))
    assert set(COMPONENTS) < set(found)
    assert "ports 8553 (HTTPS), 8080 (HTTP)" in found
    assert "512 MiB, 1 CPU" in found


def test_a_project_without_celery_has_no_worker_in_it() -> None:
    found = texts(diagram(Topology(stack="dev", app=App(celery=None, smoke=Smoke()))))
    assert "service" in found and not {"worker", "beat"} & set(found)


def test_the_document_shows_the_environment_as_it_is() -> None:
    assert SHOWN.read_text() == diagram(load_topology("dev")), (
        "docs/architecture.svg is of an earlier topology; run:\n"
        "  ops diagram dev --output docs/architecture.svg"
    )


def test_the_picture_is_named_by_the_document() -> None:
    assert SHOWN.name in Path(SHOWN.with_suffix(".md")).read_text()
