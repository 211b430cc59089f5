"""A topology from its file, `stacks/Pulumi.<stack>.yaml`."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from stacks import inputs
from stacks.errors import TopologyError
from stacks.model import Model
from stacks.secret_variables import secret_variables
from stacks.topology import PROJECT, Topology
from stacks.user_secrets import StoredSecret, refuse_clash, secrets_in

CONFIG_KEY = "upshift:topology"


def stack_file(stack: str) -> Path:
    """Where a stack is described."""
    return PROJECT / "stacks" / f"Pulumi.{stack}.yaml"


def stack_names() -> list[str]:
    """Every stack that has a file."""
    found = (PROJECT / "stacks").glob("Pulumi.*.yaml")
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in found)


def read_stack_file(stack: str) -> str:
    """The text of a stack's file: the snapshot of the current run, else the file's content.

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
    return parse_topology(_document(stack), stack=stack, where=stack_file(stack).name)


def load_secrets(stack: str) -> tuple[StoredSecret, ...]:
    """The user's own secrets of a stack: names and versions, no values."""
    return secrets_in(_document(stack), where=stack_file(stack).name)


def _document(stack: str) -> Any:
    path, text = stack_file(stack), read_stack_file(stack)
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise TopologyError(
            f"the file is not YAML: {error}", where=str(path), hint="correct the line that it names"
        ) from error


def parse_topology(document: Any, *, stack: str, where: str) -> Topology:
    """Check what a stack file holds under `upshift:topology`."""
    config = (document or {}).get("config") if isinstance(document, dict | None) else None
    described = (config or {}).get(CONFIG_KEY) if isinstance(config, dict | None) else None
    if not isinstance(described, dict):
        raise TopologyError(
            f"the file has no '{CONFIG_KEY}'", where=where, hint=f"config: {{{CONFIG_KEY}: {{}}}}"
        )
    if described.get("stack", stack) != stack:
        raise TopologyError(
            f"the file of the stack '{stack}' names another stack: '{described['stack']}'",
            where=f"{where}: topology.stack",
            hint="remove 'stack': the file's name is the stack's name",
        )
    try:
        topology = Topology.model_validate({**_tuples(described), "stack": stack})
    except ValidationError as error:
        raise TopologyError(
            _explain(error), where=where, hint="docs/topology.md lists every key"
        ) from error
    _refuse_secrets(topology, where=where)
    refuse_clash(secrets_in(document, where=where), variables=topology.app.environment)
    return topology


def _refuse_secrets(topology: Topology, *, where: str) -> None:
    """Everyone who has the project can read a stack file, and `docker inspect` shows variables."""
    app = topology.app
    for name, reason in secret_variables(app.environment, allowed=app.not_secret).items():
        raise TopologyError(
            f"topology.app.environment.{name} looks like a secret: {reason}",
            where=where,
            hint=f"remove it, then: ops secret set {topology.stack} {name.upper()}"
            f" (the project reads it from the file {name.upper()}_FILE);"
            f" if it is not a secret: app.not_secret: [{name}]",
        )


def _tuples(value: Any) -> Any:
    """YAML has lists only; the frozen model needs tuples."""
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _explain(error: ValidationError) -> str:
    """Each error on a line: the key, its value, and what is allowed."""
    lines = []
    for mistake in error.errors():
        key = ".".join(["topology", *map(str, mistake["loc"])])
        if mistake["type"] == "extra_forbidden":
            lines.append(f"{key}: unknown key")
        else:
            message = mistake["msg"].removeprefix("Value error, ")
            hidden = isinstance(mistake["input"], dict | Model) or "environment" in mistake["loc"]
            given = "" if hidden else f"{mistake['input']!r}: "
            lines.append(f"{key}: {given}{message}")
    return "\n".join(lines)
