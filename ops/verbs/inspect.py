"""Verbs that show a stack: status, config, url, diagram."""

import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from ops import show
from ops.deploy.up import show_status
from ops.runtime import runtime_for
from ops.verbs.arguments import Json, Stack
from stacks.files import diagram as svg
from stacks.loading import load_topology
from stacks.topology import Topology

app = typer.Typer()
# Names of a project's own variables that may hold a secret, although secrets belong in files.
SECRET_NAME = re.compile("PASS|SECRET|TOKEN|KEY|CREDENTIAL|DSN", re.IGNORECASE)


@app.command()
def status(stack: Stack, *, as_json: Json = False) -> None:
    """Show each component's state, health, version, start time and memory."""
    topology = load_topology(stack)
    runtime = runtime_for(topology)
    runtime.check_available()
    if as_json:
        print(json.dumps([vars(each) for each in runtime.status()]))
        return
    show_status(topology, status=runtime.status())
    for text in runtime.warnings():
        show.warn(text)


@app.command()
def config(stack: Stack, *, as_json: Json = False) -> None:
    """Show the topology with all its defaults; values that may be secrets are hidden."""
    document = resolved(load_topology(stack))
    if as_json:
        print(json.dumps(document, indent=2))
        return
    show.say(yaml.safe_dump(document, sort_keys=False).rstrip())


def resolved(topology: Topology) -> dict[str, Any]:
    """Every setting with its value; the app's variables whose name suggests a secret are hidden."""
    document: dict[str, Any] = topology.model_dump(mode="json")
    variables = document["app"]["environment"]
    document["app"]["environment"] = {
        name: "(hidden)" if SECRET_NAME.search(name) else value for name, value in variables.items()
    }
    return document


@app.command()
def url(stack: Stack, *, as_json: Json = False) -> None:
    """Show the URL of the service."""
    address = load_topology(stack).url
    print(json.dumps({"url": address}) if as_json else address)


@app.command()
def diagram(
    stack: Stack,
    *,
    output: Annotated[Path | None, typer.Option(help="write this file", show_default=False)] = None,
) -> None:
    """Draw the environment as SVG: its components, sizes and networks."""
    drawing = svg.diagram(load_topology(stack))
    if output is None:
        print(drawing, end="")
        return
    output.write_text(drawing)
    show.say(f"written to {output}")
