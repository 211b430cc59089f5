"""Verbs that look at a stack: status, logs, exec, config, url."""

import json
import re
import sys
import time
from typing import Annotated, Any

import typer
import yaml

from ops import preflight, show
from ops.deploy import up as deploy
from ops.run import attached, run
from ops.runtime import containers, failure_hints, readiness
from ops.verbs.arguments import Json, Named, Stack, chosen
from stacks.errors import PreflightError
from stacks.health import HEALTHY
from stacks.loading import load_topology
from stacks.topology import COMPONENTS, Topology

app = typer.Typer()
SETTLED = 10.0  # seconds in which one that ends at each start has ended again
# What a project's own variables may carry although secrets have files for that.
SECRET = re.compile("PASS|SECRET|TOKEN|KEY|CREDENTIAL|DSN", re.IGNORECASE)


def _component(text: str) -> list[str]:
    return [name for name in (*COMPONENTS, "release") if name.startswith(text)]


Component = Annotated[str, typer.Argument(autocompletion=_component, help="the component")]


@app.command()
def status(name: Named = "", stack: Stack = "dev", *, as_json: Json = False) -> None:
    """Each part: its state, health, version, since when, memory."""
    topology = load_topology(chosen(name, stack))
    preflight.engine_answers(topology)
    if as_json:
        print(json.dumps([vars(seen) for seen in containers.look(topology)]))
        return
    deploy.summary(topology, seen=containers.look(topology))
    for text in readiness.warnings(topology):
        show.warn(text)
    for name in containers.stopped_successors(topology).values():
        show.warn(f"{name} did not become ready and was stopped; its words: docker logs {name}")


@app.command()
def logs(
    component: Component = "service",
    stack: Stack = "dev",
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="go on reading")] = False,
    tail: Annotated[str, typer.Option(help="how many lines of the end, or 'all'")] = "200",
) -> None:
    """What a component writes."""
    found = _container(component, stack=stack)
    more = ["--follow"] if follow else []
    raise typer.Exit(attached(["docker", "logs", "--tail", tail, *more, found]))


@app.command("exec", context_settings={"ignore_unknown_options": True})
def execute(component: Component, command: list[str], stack: Stack = "dev") -> None:
    """Run a command inside a component: ops exec service -- python manage.py check."""
    found = _container(component, stack=stack)
    topology = load_topology(stack)
    _demand_running(found, topology=topology)
    terminal = ["-it"] if sys.stdin.isatty() and sys.stdout.isatty() else ["-i"]
    code = attached(["docker", "exec", *terminal, found, *command])
    if code != 0 and _ends_at_each_start(found):
        _demand_running(found, topology=topology)
    raise typer.Exit(code)


def _demand_running(name: str, *, topology: Topology) -> None:
    """Raise PreflightError, with its last words and the next step, for one that does not run."""
    (item,) = containers.inspect(name)
    if item["State"]["Status"] == "running":
        return
    done = run(["docker", "logs", "--tail", "5", name], check=False)
    words = (done.stdout + done.stderr).strip()
    raise PreflightError(
        f"{name} is {item['State']['Status']}, and nothing can be run in it (its program ended with"
        f" code {item['State']['ExitCode']}); its last words:\n{words}",
        where=name,
        hint=failure_hints.next_step(words, topology=topology)
        or f"docker logs {name} tells more; ops up {topology.stack} starts it",
    )


def _ends_at_each_start(name: str) -> bool:
    """Whether it is in a restart loop, in which it runs for a moment in between."""
    deadline = time.monotonic() + SETTLED
    while time.monotonic() < deadline:
        (item,) = containers.inspect(name)
        if item["State"]["Status"] != "running":
            return True
        if not item["RestartCount"] or containers.health_of(item) == HEALTHY:
            return False
        time.sleep(0.2)
    return False


def _container(component: str, *, stack: str) -> str:
    topology = load_topology(stack)
    if component not in (*topology.components, "release", "files"):
        raise PreflightError(
            f"there is no component '{component}' in the stack '{stack}'",
            hint=f"one of: {', '.join(topology.components)}",
        )
    preflight.engine_answers(topology)
    found = containers.current(topology).get(component)
    if found is None:
        raise PreflightError(
            f"there is no container of {topology.container(component)}", hint=f"ops up {stack}"
        )
    return found.name


@app.command()
def config(name: Named = "", stack: Stack = "dev", *, as_json: Json = False) -> None:
    """The resolved topology, secrets hidden."""
    shown = resolved(load_topology(chosen(name, stack)))
    if as_json:
        print(json.dumps(shown, indent=2))
        return
    show.say(yaml.safe_dump(shown, sort_keys=False).rstrip())


def resolved(topology: Topology) -> dict[str, Any]:
    """Every setting as it holds; what looks like a secret among the app's variables is hidden."""
    shown: dict[str, Any] = topology.model_dump(mode="json")
    variables = shown["app"]["environment"]
    shown["app"]["environment"] = {
        name: "(hidden)" if SECRET.search(name) else value for name, value in variables.items()
    }
    return shown


@app.command()
def url(name: Named = "", stack: Stack = "dev", *, as_json: Json = False) -> None:
    """The address of the service."""
    address = load_topology(chosen(name, stack)).url
    print(json.dumps({"url": address}) if as_json else address)
