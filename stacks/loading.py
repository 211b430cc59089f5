"""A topology from its file, `stacks/Pulumi.<stack>.yaml`."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from stacks import inputs
from stacks.errors import TopologyError
from stacks.model import Model
from stacks.topology import PROJECT, Topology

CONFIG_KEY = "upshift:topology"


def stack_file(stack: str) -> Path:
    """Where a stack is described."""
    return PROJECT / "stacks" / f"Pulumi.{stack}.yaml"


def stack_names() -> list[str]:
    """Every stack that has a file."""
    found = (PROJECT / "stacks").glob("Pulumi.*.yaml")
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in found)


def read_stack_file(stack: str) -> str:
    """The text that describes a stack: as the run that we belong to has fixed it, else the file's.

    Raises TopologyError when there is no such stack.
    """
    if fixed := inputs.current(stack):
        return fixed.text
    path = stack_file(stack)
    if not path.is_file():
        known = ", ".join(stack_names()) or "none"
        raise TopologyError(
            f"there is no stack '{stack}'", where=str(path), hint=f"stacks that exist: {known}"
        )
    return path.read_text()


def load_topology(stack: str) -> Topology:
    """Read and check one environment. Raises TopologyError naming each wrong key and value."""
    path, text = stack_file(stack), read_stack_file(stack)
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise TopologyError(
            f"the file is no YAML: {error}", where=str(path), hint="mend the line that it names"
        ) from error
    return parse_topology(document, stack=stack, where=path.name)


def parse_topology(document: Any, *, stack: str, where: str) -> Topology:
    """Check what a stack file holds under `upshift:topology`."""
    config = (document or {}).get("config") if isinstance(document, dict | None) else None
    described = (config or {}).get(CONFIG_KEY) if isinstance(config, dict | None) else None
    if not isinstance(described, dict):
        raise TopologyError(
            f"the file holds no '{CONFIG_KEY}'", where=where, hint=f"config: {{{CONFIG_KEY}: {{}}}}"
        )
    if described.get("stack", stack) != stack:
        raise TopologyError(
            f"two stacks with one name: this file is '{stack}', and says '{described['stack']}'",
            where=f"{where}: topology.stack",
            hint="leave 'stack' out: the file's name says it",
        )
    try:
        return Topology.model_validate({**_tuples(described), "stack": stack})
    except ValidationError as error:
        raise TopologyError(
            _explain(error), where=where, hint="docs/topology.md lists every key"
        ) from error


def _tuples(value: Any) -> Any:
    """YAML knows lists only; the frozen model wants tuples."""
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _explain(error: ValidationError) -> str:
    """Each mistake on a line: the key, the value that was given, and what would be right."""
    lines = []
    for mistake in error.errors():
        key = ".".join(["topology", *map(str, mistake["loc"])])
        if mistake["type"] == "extra_forbidden":
            lines.append(f"{key}: unknown key")
        else:
            message = mistake["msg"].removeprefix("Value error, ")
            given = "" if isinstance(mistake["input"], dict | Model) else f"{mistake['input']!r}: "
            lines.append(f"{key}: {given}{message}")
    return "\n".join(lines)
