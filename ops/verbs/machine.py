"""Verbs for this machine: setup, doctor, build, env."""

import json
import sys
from typing import Annotated

import typer

from ops import build as builder
from ops import show
from ops.engine import environment
from ops.setup import doctor as diagnosis
from ops.setup import prune as pruning
from ops.setup import steps
from ops.verbs.arguments import Json, Stack, Yes
from stacks.errors import PreflightError
from stacks.loading import load_topology
from stacks.redaction import redacted

app = typer.Typer()


@app.command()
def setup(
    *,
    yes: Yes = False,
    compose: Annotated[bool, typer.Option(help="Docker Compose too")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="delete old versions from the cache")
    ] = False,
) -> None:
    """Install what is missing: Docker, Pulumi, its Docker provider, the base image."""
    plan = steps.plan(compose=compose)
    if not plan:
        show.say("everything is installed")
    for step in plan:
        show.say(f"to install: {step.name}")
    if plan and not yes:
        typer.confirm("continue?", abort=True)
    if plan:
        steps.apply(plan, on_progress=_show_progress)
    for name in pruning.prune() if prune else ():
        show.say(f"deleted from the cache: {name}")


def _show_progress(event: steps.Progress) -> None:
    show.say(f"{event.elapsed:6.0f} s  {event.state:<8} {event.step}  {event.detail}".rstrip())


@app.command()
def doctor(*, compose: bool = False, as_json: Json = False) -> None:
    """Show what is installed, what is missing, and the command that installs it."""
    found = diagnosis.report(compose=compose)
    if as_json:
        print(json.dumps([vars(finding) for finding in found]))
    else:
        rows = [(f.name, f.state, f.found, f.wanted, f.fix) for f in found]
        show.table("doctor", head=("what", "state", "found", "required", "fix with"), rows=rows)
    if any(finding.state != "ok" for finding in found):
        raise typer.Exit(PreflightError.exit_code)


@app.command()
def build(
    stack: Stack,
    *,
    compose: Annotated[bool, typer.Option(help="prepare docker/compose.yaml instead")] = False,
) -> None:
    """Build the release: wheels locked by hash, and the images."""
    topology = load_topology(stack)
    if compose:
        secrets = builder.stage_compose(topology)
        show.say(f"ready for docker compose; its secrets are in {secrets}")
        return
    with show.progress("build") as report:
        made = builder.release(topology, on_line=report)
    rows = [
        (image, tag, f"{made.sizes[image] / 1e6:.0f} MB", _result(image, built=made.built))
        for image, tag in made.images.items()
    ]
    show.table(f"release {made.id}", head=("image", "tag", "size", "result"), rows=rows)


def _result(image: str, *, built: tuple[str, ...]) -> str:
    return "built" if image in built else "unchanged"


@app.command()
def env() -> None:
    """Print variables for a shell: eval "$(ops env)", then `pulumi up --stack dev` works."""
    exports = environment.exports()
    # `eval` reads a pipe; on a terminal, passwords are redacted.
    print(redacted(exports) if sys.stdout.isatty() else exports)
