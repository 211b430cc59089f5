"""`ops up` and `ops destroy`: lock, preflight, Pulumi, smoke checks, record, summary."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from ops import audit, check, containers, show, stack_engine
from ops.environment import variables
from ops.lock import locked
from ops.preflight import preflight
from ops.run import run
from stacks import outputs, versions
from stacks.errors import DeployError, PreflightError, UpshiftError
from stacks.release import release_id
from stacks.topology import Topology, load_topology


def up(stack: str) -> None:
    """Make the environment, and prove it. Running it again goes on from wherever it stopped."""
    topology = load_topology(stack)
    made = release_id(topology)
    with locked(stack, verb="up"), _recorded(stack, verb="up", release=made):
        variables()  # a lost passphrase shows here, before anything is touched
        for done in preflight(topology):
            show.say(f"    ok  {done}")
        state = _opened(stack)
        _refuse_newer(stack, state=state)
        _refuse_lost_state(topology, state=state)
        _remove_strangers(topology, state=state)
        with show.progress(f"pulumi up --stack {stack}") as hear:
            try:
                stack_engine.up(
                    stack,
                    on_line=hear,
                    drifted=containers.drifted(topology, ids=state.ids) if state.ids else "",
                )
            except DeployError as error:
                error.message += "\n" + containers.last_words(topology)
                raise
        containers.settle(topology)
        # Docker takes two seconds to measure memory: meanwhile the checks run.
        with show.progress("smoke checks"), ThreadPoolExecutor(max_workers=1) as pool:
            looking = pool.submit(containers.look, topology)
            checked = check.demand(stack)
        summary(topology, seen=looking.result())
        show.say(f"{checked.passed} smoke checks passed in {checked.seconds:.1f} s")
        show.say(topology.url)


def destroy(stack: str) -> None:
    """Take the environment away; data, secrets and the authority stay for the next `up`."""
    load_topology(stack)
    with locked(stack, verb="destroy"), _recorded(stack, verb="destroy"):
        _opened(stack)
        with show.progress(f"pulumi destroy --stack {stack}") as hear:
            stack_engine.destroy(stack, on_line=hear)


def destroy_with_data(stack: str) -> None:
    """Take everything away, for good."""
    load_topology(stack)
    with locked(stack, verb="destroy --data"), _recorded(stack, verb="destroy --data"):
        _opened(stack)
        with show.progress(f"pulumi destroy --stack {stack}, data too") as hear:
            stack_engine.destroy_with_data(stack, on_line=hear)


def summary(topology: Topology, *, seen: list[containers.Seen]) -> None:
    """Each part as it is now."""
    head = ("component", "state", "health", "version", "since (UTC)", "memory")
    rows = [
        (one.component, one.state, one.health, one.version, one.since, one.memory) for one in seen
    ]
    show.table(topology.prefix, head=head, rows=rows)


@contextmanager
def _recorded(stack: str, *, verb: str, release: str = "") -> Iterator[None]:
    started = time.monotonic()
    result = "failed"
    try:
        yield
        result = "done"
    except KeyboardInterrupt:
        result = "interrupted"
        raise
    except UpshiftError as error:
        result = f"failed: {error.message.splitlines()[0]}"
        raise
    finally:
        seconds = time.monotonic() - started
        audit.record(stack, verb=verb, result=result, seconds=seconds, release=release)


def _opened(stack: str) -> stack_engine.State:
    """The stack's state; a killed run's lock in it is removed, since we hold the stack now."""
    stack_engine.free(stack)
    return stack_engine.state(stack)


def _refuse_newer(stack: str, *, state: stack_engine.State) -> None:
    made_by = str(state.outputs.get(outputs.TOOLKIT, versions.TOOLKIT))
    if _numbers(made_by) > _numbers(versions.TOOLKIT):
        raise PreflightError(
            f"the stack '{stack}' was made by Upshift {made_by}; this is {versions.TOOLKIT}",
            hint="use that version or a later one; nothing was changed",
        )


def _refuse_lost_state(topology: Topology, *, state: stack_engine.State) -> None:
    data = f"{topology.prefix}-postgres-data"
    if run(["docker", "volume", "inspect", data], check=False).code != 0:
        return
    if data not in state.ids:
        raise PreflightError(
            f"the volume {data} holds data, and the stack's state knows nothing of it",
            where=variables()["PULUMI_BACKEND_URL"],
            hint="bring back the state (UPSHIFT_BACKEND or .upshift/state): it has the secrets",
        )


def _remove_strangers(topology: Topology, *, state: stack_engine.State) -> None:
    """Containers of a killed `up` that were made but not written down would be in the way."""
    listing = run(
        ["docker", "ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}}"]
        + ["--filter", f"label=upshift.stack={topology.stack}"]
        + ["--filter", f"label=upshift.name={topology.name}"]
    ).stdout
    for line in listing.splitlines():
        identity, name = line.split()
        if identity not in state.ids:
            show.say(f"    removing {name}: left by a run that was killed; it holds no data")
            run(["docker", "rm", "-f", identity])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
