"""The command: each verb is a thin door to the module that does it."""

import json
import sys
import traceback
from typing import Annotated

import typer
import yaml
from click.exceptions import Abort, ClickException, Exit

from ops import build as builder
from ops import check as checks
from ops import containers, environment, show, stack_engine
from ops import up as deploy
from ops.run import attached, run
from ops.setup import doctor as looks
from ops.setup import steps
from stacks.errors import PreflightError, UpshiftError
from stacks.topology import load_topology, stack_names

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Take a Django REST service from one server to Kubernetes, and back.",
)


def complete(text: str) -> list[str]:
    """Stack names for the shell's completion."""
    return [name for name in stack_names() if name.startswith(text)]


Named = Annotated[
    str, typer.Argument(autocompletion=complete, help="the stack", show_default=False)
]
Stack = Annotated[str, typer.Option("--stack", "-s", autocompletion=complete, help="the stack")]
Json = Annotated[bool, typer.Option("--json", help="for a machine to read")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask")]


def chosen(name: str, stack: str) -> str:
    """`ops up staging` and `ops up --stack staging` are the same."""
    return name or stack


@app.command()
def setup(
    *, yes: Yes = False, compose: Annotated[bool, typer.Option(help="Compose too")] = False
) -> None:
    """Install what is missing: Docker, Pulumi, its provider, the base image."""
    plan = steps.plan(compose=compose)
    if not plan:
        show.say("everything is there")
        return
    for step in plan:
        show.say(f"will get: {step.name}")
    if not yes and not typer.confirm("go on?"):
        raise Exit(1)
    steps.apply(plan, on_progress=_hear_setup)


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
        raise Exit(PreflightError.exit_code)


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
def preview(name: Named = "", stack: Stack = "dev") -> None:
    """Say what `up` would change; changes nothing."""
    wanted = chosen(name, stack)
    load_topology(wanted)
    stack_engine.select(wanted)
    stack_engine.preview(wanted, on_line=show.say)


@app.command()
def up(name: Named = "", stack: Stack = "dev") -> None:
    """Make the environment as it is described, and prove it."""
    deploy.up(chosen(name, stack))


@app.command()
def check(name: Named = "", stack: Stack = "dev", *, as_json: Json = False) -> None:
    """Prove the running environment by the smoke checks."""
    wanted = chosen(name, stack)
    load_topology(wanted)
    checked = checks.check(wanted) if as_json else checks.demand(wanted)
    if as_json:
        keys = ("passed", "skipped", "failures", "seconds")
        print(json.dumps({key: getattr(checked, key) for key in keys}))
        raise Exit(6 if checked.failures or not checked.passed else 0)
    show.say(f"{checked.passed} smoke checks passed in {checked.seconds:.1f} s")


@app.command()
def status(name: Named = "", stack: Stack = "dev", *, as_json: Json = False) -> None:
    """Each part: its state, health, version, since when, memory."""
    topology = load_topology(chosen(name, stack))
    if as_json:
        print(json.dumps([vars(seen) for seen in containers.look(topology)]))
        return
    deploy.summary(topology)


@app.command()
def logs(component: str = "service", stack: Stack = "dev", *, follow: bool = False) -> None:
    """What a component writes."""
    _attached("docker", "logs", *(["-f"] if follow else []), container=component, stack=stack)


@app.command("exec")
def execute(component: str, command: list[str], stack: Stack = "dev") -> None:
    """Run a command inside a component: ops exec service -- python manage.py check."""
    terminal = ["-it"] if sys.stdin.isatty() else ["-i"]
    _attached("docker", "exec", *terminal, container=component, stack=stack, rest=command)


def _attached(*words: str, container: str, stack: str, rest: list[str] | None = None) -> None:
    name = load_topology(stack).container(container)
    if run(["docker", "container", "inspect", name], check=False).code != 0:
        raise PreflightError(f"there is no container {name}", hint=f"ops status {stack}")
    raise Exit(attached([*words, name, *(rest or [])]))


@app.command()
def config(name: Named = "", stack: Stack = "dev", *, as_json: Json = False) -> None:
    """The resolved topology. It holds no secret."""
    topology = load_topology(chosen(name, stack))
    if as_json:
        print(topology.model_dump_json(indent=2))
        return
    show.say(yaml.safe_dump(topology.model_dump(mode="json"), sort_keys=False).rstrip())


@app.command()
def url(name: Named = "", stack: Stack = "dev") -> None:
    """The address of the service."""
    print(load_topology(chosen(name, stack)).url)


@app.command()
def env() -> None:
    """For a shell: eval "$(ops env)", and plain `pulumi up --stack dev` works."""
    print(environment.exports())


@app.command()
def destroy(
    name: Named = "",
    stack: Stack = "dev",
    *,
    data: Annotated[bool, typer.Option("--data", help="the data too")] = False,
    yes: Yes = False,
    data_confirm: Annotated[str, typer.Option(help="with --yes: the stack's name")] = "",
) -> None:
    """Take the environment away; its data stays, unless told --data and asked twice."""
    wanted = chosen(name, stack)
    load_topology(wanted)
    if not yes and not typer.confirm(f"destroy the stack '{wanted}'?"):
        raise Exit(1)
    if not data:
        deploy.destroy(wanted)
        return
    typed = data_confirm if yes else typer.prompt(f"its data goes too; type '{wanted}' to go on")
    if typed != wanted:
        raise PreflightError(
            "the data was not confirmed; nothing was changed",
            hint=f"ops destroy {wanted} --data --yes --data-confirm {wanted}",
        )
    deploy.destroy_with_data(wanted)


def main() -> None:
    """Run the command; one place turns errors into words and exit codes."""
    verbose = sys.argv[1:2] in (["-v"], ["--verbose"])
    if verbose:
        del sys.argv[1]
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except UpshiftError as error:
        if verbose:
            traceback.print_exc()
        show.errors.print(f"error: {error}", style="red", markup=False)
        sys.exit(error.exit_code)
    except ClickException as error:
        error.show()
        sys.exit(2)
    except (KeyboardInterrupt, Abort):
        show.errors.print("interrupted; nothing is lost: the same command goes on from here")
        sys.exit(130)


if __name__ == "__main__":
    main()
