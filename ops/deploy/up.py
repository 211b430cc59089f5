"""`ops up` and `ops destroy`: lock, preflight, Pulumi, smoke checks, record, summary."""

import os
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from infra.docker import kept_data
from infra.process import CHECKED
from ops import audit, build, show
from ops.deploy import data_guard, previous_run, smoke_checks
from ops.engine import pulumi_logs, pulumi_stack
from ops.engine.environment import variables
from ops.engine.state import State
from ops.lock import locked
from ops.preflight import preflight, warnings
from ops.runtime import containers, drift, failure_hints
from stacks import snapshot
from stacks.errors import CheckError, DeployError
from stacks.loading import load_secrets, load_topology
from stacks.release import release_id
from stacks.topology import Topology


def up(stack: str, *, accept_data_loss: Collection[str] = ()) -> None:
    """Make the environment, and prove it. Running it again goes on from wherever it stopped.

    `accept_data_loss`: what may be missing of its data (`stacks.kept_data.WAIVABLE`).
    """
    data_guard.accept(accept_data_loss)
    with snapshot.taken(stack) as topology:
        made = release_id(topology)
        with locked(stack, verb="up"), audit.recorded(stack, verb="up", release=made):
            _up(topology)


def _up(topology: Topology) -> None:
    variables()  # a lost passphrase shows here, before anything is touched
    for done in preflight(topology):
        show.say(f"    ok  {done}")
    for warning in warnings(topology):
        show.warn(warning)
    state = previous_run.state_of(topology)
    show.say(f"    ok  {data_guard.check_data(topology, state=state)}")
    os.environ[CHECKED] = topology.stack
    _build(topology)
    previous_run.put_in_order(topology, state=state)
    # What was accepted as lost is still in the state: Pulumi must look before it makes it anew.
    changed = _make(topology, state=state, refresh=bool(kept_data.accepted()))
    _prove(topology, changed=changed)


def _build(topology: Topology) -> None:
    """Build the images that are missing, before anything that runs is touched."""
    if build.missing(topology):
        with show.progress("build") as hear:
            build.release(topology, on_line=hear)


def _make(topology: Topology, *, state: State, refresh: bool = False) -> bool:
    """Let Pulumi make the environment, and anew what was changed by hand; returns whether anything
    was changed. `refresh`: it looks at what really is there, even where no difference was found.
    """
    if not state.known:
        pulumi_stack.create(topology.stack)
    found = drift.look(state, stopped=containers.stopped_successors(topology))
    for one in found:
        show.say(f"    changed by hand: {one.text}")
    replace = sorted({one.replace for one in found if one.replace})
    with show.progress(f"pulumi up --stack {topology.stack}") as hear:
        try:
            return pulumi_stack.up(
                topology.stack, on_line=hear, refresh=refresh or bool(found), replace=replace
            )
        except DeployError as error:
            words = containers.last_words(topology)
            error.message += "\n" + words
            error.hint = failure_hints.next_step(words, topology=topology) or error.hint
            raise


def _prove(topology: Topology, *, changed: bool) -> None:
    """Run the smoke checks. When they fail and nothing was changed, Pulumi looks once at what
    really is there, mends what it can, and they run again.
    """
    try:
        _check(topology)
    except CheckError as error:
        if changed:
            raise
        show.say(f"    {error.message.splitlines()[0]}, although nothing was changed:")
        show.say("    looking at what really is there, and trying once more")
        _make(topology, state=previous_run.state_of(topology), refresh=True)
        _check_again(topology)


def _check_again(topology: Topology) -> None:
    try:
        _check(topology)
    except CheckError as error:
        error.hint += (
            f"; what was changed by hand and not found is made anew by: "
            f"ops destroy {topology.stack}, then ops up {topology.stack} (the data stays)"
        )
        raise


def _check(topology: Topology) -> None:
    # Docker takes two seconds to measure memory: meanwhile the checks run.
    with show.progress("smoke checks"), ThreadPoolExecutor(max_workers=1) as pool:
        names = [one.name for one in containers.current(topology).values() if one.running]
        measuring = pool.submit(containers.memory_of, names)
        checked = smoke_checks.demand(topology.stack)
    summary(topology, seen=containers.look(topology, memory=measuring.result()))
    show.say(f"{checked.passed} smoke checks passed in {checked.seconds:.1f} s")
    show.say(topology.url)


def destroy(stack: str, *, with_data: bool) -> None:
    """Take the environment away. Data, secrets and the authority stay for the next `up`, unless
    `with_data`: then all goes for good.
    """
    topology = load_topology(stack)
    verb = "destroy --data" if with_data else "destroy"
    with locked(stack, verb=verb), audit.recorded(stack, verb=verb):
        state = previous_run.state_of(topology)
        if not state.known:
            show.say(f"there is nothing of the stack '{stack}' to take away")
            return
        previous_run.put_in_order(topology, state=state)
        act = pulumi_stack.destroy_with_data if with_data else pulumi_stack.destroy
        with show.progress(f"pulumi {verb} --stack {stack}") as hear:
            act(stack, on_line=hear)
        if with_data:
            _tell_what_is_left(stack)


def _tell_what_is_left(stack: str) -> None:
    """Say which encrypted values are still on this machine after the data went."""
    left = pulumi_logs.remove(stack)
    if left:
        show.warn(
            f"{len(left)} of Pulumi's own logs of a stack '{stack}', this one or another checkout's"
            f" of the same name, are left, encrypted with its passphrase:\n    "
            + "\n    ".join(map(str, left))
        )
    if own := ", ".join(secret.name for secret in load_secrets(stack)):
        show.warn(
            f"your own secrets stay, encrypted, in the stack's file for the next up: {own}"
            f" (ops secret remove {stack} NAME)"
        )


def summary(topology: Topology, *, seen: list[containers.Seen]) -> None:
    """Each part as it is now."""
    head = ("component", "state", "health", "version", "since (UTC)", "memory")
    rows = [
        (one.component, one.state, one.health, one.version, one.since, one.memory) for one in seen
    ]
    show.table(topology.prefix, head=head, rows=rows)
