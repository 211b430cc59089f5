"""`ops up`: lock, preflight, Pulumi, smoke checks, audit record, summary."""

import os
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor

from infra.docker import persistent_data
from infra.process import PREFLIGHT_DONE
from ops import audit, build, show
from ops.deploy import data_guard, previous_run, smoke_checks
from ops.engine import pulumi_stack
from ops.engine.environment import variables
from ops.engine.state import State
from ops.lock import locked
from ops.preflight import preflight, warnings
from ops.runtime import runtime_for
from ops.runtime.interface import ComponentStatus
from stacks import snapshot
from stacks.errors import CheckError, DeployError
from stacks.release import release_id
from stacks.topology import Topology


def up(stack: str, *, accept_data_loss: Collection[str] = ()) -> None:
    """Deploy the environment, and verify it. A further run continues where this one stopped.

    `accept_data_loss`: what may be missing (`stacks.persistent_data.ACCEPTABLE_LOSSES`).
    """
    data_guard.accept(accept_data_loss)
    with snapshot.taken(stack) as topology:
        release = release_id(topology)
        with locked(stack, verb="up"), audit.recorded(stack, verb="up", release=release):
            _up(topology)


def _up(topology: Topology) -> None:
    variables()  # a missing passphrase is reported here, before anything is changed
    for finding in preflight(topology):
        show.say(f"    ok  {finding}")
    for warning in warnings(topology):
        show.warn(warning)
    state = previous_run.load_state(topology)
    show.say(f"    ok  {data_guard.check_data(topology, state=state)}")
    os.environ[PREFLIGHT_DONE] = topology.stack
    _build_missing_images(topology)
    previous_run.recover_previous_run(topology, state=state)
    # Data whose loss was accepted is still in the state: a refresh removes it there first.
    changed = deploy(topology, state=state, refresh=bool(persistent_data.accepted()))
    verify(topology, changed=changed)


def _build_missing_images(topology: Topology) -> None:
    """Before anything that runs is touched."""
    if build.missing(topology):
        with show.progress("build") as report:
            build.release(topology, on_line=report)


def deploy(topology: Topology, *, state: State, refresh: bool = False) -> bool:
    """Run `pulumi up`, and replace what was changed by hand; returns whether anything changed.

    `refresh`: compare the state with what exists, even where no drift was found.
    """
    runtime = runtime_for(topology)
    if not state.exists:
        pulumi_stack.create(topology.stack)
    found = runtime.drift(state)
    for each in found:
        show.say(f"    changed by hand: {each.text}")
    replace = sorted({each.replace for each in found if each.replace})
    with show.progress(f"pulumi up --stack {topology.stack}") as report:
        try:
            return pulumi_stack.up(
                topology.stack, on_line=report, refresh=refresh or bool(found), replace=replace
            )
        except DeployError as error:
            evidence = runtime.failure_evidence()
            error.message += "\n" + evidence
            error.hint = runtime.failure_hint(evidence) or error.hint
            raise


def verify(topology: Topology, *, changed: bool) -> None:
    """Run the smoke checks. When they fail although nothing changed, deploy once more with a
    refresh, which repairs what was changed by hand, and run them again.
    """
    try:
        _run_smoke_checks(topology)
    except CheckError as error:
        if changed:
            raise
        show.say(f"    {error.message.splitlines()[0]}, although nothing was changed:")
        show.say("    refreshing the state from what exists, and trying once more")
        deploy(topology, state=previous_run.load_state(topology), refresh=True)
        _verify_again(topology)


def _verify_again(topology: Topology) -> None:
    try:
        _run_smoke_checks(topology)
    except CheckError as error:
        error.hint += (
            f"; to replace what was changed by hand and not detected:"
            f" ops destroy {topology.stack}, then ops up {topology.stack} (the data is kept)"
        )
        raise


def _run_smoke_checks(topology: Topology) -> None:
    runtime = runtime_for(topology)
    # Measuring memory takes two seconds: meanwhile the checks run.
    with show.progress("smoke checks"), ThreadPoolExecutor(max_workers=1) as pool:
        measuring = pool.submit(runtime.measure_memory)
        result = smoke_checks.require(topology.stack)
    show_status(topology, status=runtime.status(memory=measuring.result()))
    show.say(f"{result.passed} smoke checks passed in {result.seconds:.1f} s")
    show.say(topology.url)


def show_status(topology: Topology, *, status: Sequence[ComponentStatus]) -> None:
    """A table of the components."""
    head = ("component", "state", "health", "version", "since (UTC)", "memory")
    rows = [tuple(vars(each).values()) for each in status]
    show.table(topology.prefix, head=head, rows=rows)
