"""Verbs about this machine: setup, doctor, build, env."""

import json
import sys
from typing import Annotated

import typer

from ops import build as builder
from ops import show
from ops.engine import environment
from ops.setup import doctor as looks
from ops.setup import prune as pruning
from ops.setup import steps
from ops.verbs.arguments import Json, Named, Stack, Yes, chosen
from stacks.errors import PreflightError
from stacks.loading import load_topology
from stacks.redaction import redacted

app = typer.Typer()


@app.command()
def setup(
    *,
    yes: Yes = False,
    compose: Annotated[bool, typer.Option(help="Compose too")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="empty the cache of old versions")] = False,
) -> None:
    """Install what is missing: Docker, Pulumi, its provider, the base image."""
    plan = steps.plan(compose=compose)
    if not plan:
        show.say("everything is there")
    for step in plan:
        show.say(f"will get: {step.name}")
    if plan and not yes:
        typer.confirm("go on?", abort=True)
    if plan:
        steps.apply(plan, on_progress=_hear_setup)
    for name in pruning.prune() if prune else ():
        show.say(f"removed from the cache: {name}")


def _hear_setup(event: steps.Progress) -> None:
    show.say(f"{event.elapsed:6.0f} s  {event.state:<8} {event.step}  {event.detail}".rstrip())


@app.command()
def doctor(*, compose: bool = False, as_json: Json = False) -> None:
    """Say what is there, what is missing, and the command that mends it."""
    found = looks.report(compose=compose)
    if as_json:
        print(json.dumps([vars(finding) for finding in found]))
    else:
        rows = [(f.name, f.state, f.found, f.wanted, f.mend) for f in found]
        show.table("doctor", head=("what", "state", "found", "wanted", "mend with"), rows=rows)
    if any(finding.state != "ok" for finding in found):
        raise typer.Exit(PreflightError.exit_code)


@app.command()
def build(name: Named = "", stack: Stack = "dev", *, compose: bool = False) -> None:
    """Make the release: wheels locked by hash, and the images."""
    topology = load_topology(chosen(name, stack))
    if compose:
        show.say(f"staged for docker compose; its secrets are in {builder.stage_compose(topology)}")
        return
    with show.progress("build") as hear:
        made = builder.release(topology, on_line=hear)
    rows = [
        (
            image,
            tag,
            f"{made.sizes[image] / 1e6:.0f} MB",
            "built" if image in made.built else "kept",
        )
        for image, tag in made.images.items()
    ]
    show.table(f"release {made.id}", head=("image", "tag", "size", "now"), rows=rows)


@app.command()
def env() -> None:
    """For a shell: eval "$(ops env)", and plain `pulumi up --stack dev` works."""
    exports = environment.exports()
    # A shell's `eval` reads a pipe; what a terminal shows is for a person.
    print(redacted(exports) if sys.stdout.isatty() else exports)
