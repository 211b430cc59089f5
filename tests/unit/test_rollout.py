"""Who is stopped, started and made live when instances are taken over, on an engine in memory."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pulumi
import pytest

from infra.components import rollout
from stacks import instances as running
from stacks.topology import Topology

DEV = Topology(stack="dev")
OLD = {"service": "s1", "worker": "w1", "beat": "b1"}
NEW = {"service": "s2", "worker": "w2", "beat": "b2"}


class Engine:
    """Containers by id (their instance's name), and what is done to them, in order."""

    def __init__(self) -> None:
        self.state: dict[str, str] = {}
        self.component: dict[str, str] = {}
        self.live: dict[str, str] = {}
        self.broken: set[str] = set()
        self.done: list[str] = []

    def has(self, instances: dict[str, str], *, beat: str = "running") -> None:
        """Containers of these instances; service and worker run."""
        for component, one in instances.items():
            self.component[one] = component
            self.state[one] = beat if component == "beat" else "running"

    async def ask(self, *args: str, **_: Any) -> tuple[int, str]:
        """What the changeover runs."""
        if args[1] == "ps":
            lines = [
                f"{one}\tn-{one}\t{self.state[one]}\t{self.component[one]}\t{one}"
                for one in self.state
            ]
            return 0, "\n".join(lines)
        if args[1] in ("stop", "start"):
            for one in args[2:]:
                self.state[one] = "exited" if args[1] == "stop" else "running"
                self.done.append(f"{args[1]} {one}")
            return 0, ""
        if "readlink" in args[-1]:
            return 0, "\n".join(self.live.get(part, "-") for part in running.INSTANCED)
        if "ln -sfn" in args[-1]:
            self.done.append("mark")
            self.live = dict(NEW)
            return 0, ""
        return 1, "0"  # the edge has no connection to the old service

    async def wait_until_ready(self, one: str, *, seconds: float) -> None:
        """Ready at once, or never."""
        if self.state[one] != "running":
            self.state[one] = "running"
            self.done.append(f"start {one}")
        if one in self.broken:
            raise pulumi.RunError(f"{one} did not become ready")

    async def wait_until_all_ready(self, containers: list[str], *, seconds: float) -> None:
        """Each in turn."""
        for one in containers:
            await self.wait_until_ready(one, seconds=seconds)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    made = Engine()
    for name in ("ask", "wait_until_ready", "wait_until_all_ready"):
        monkeypatch.setattr(rollout, name, getattr(made, name))
    return made


def end(act: Coroutine[Any, Any, None]) -> None:
    # Not `asyncio.run`: it takes away the thread's own loop, which Pulumi's tests need.
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(act)
    finally:
        loop.close()


def roll_out(instances: dict[str, str]) -> None:
    end(rollout.roll_out(DEV, containers=instances, instances=instances))


def test_the_first_ones_are_made_live(engine: Engine) -> None:
    engine.has(NEW, beat="created")
    roll_out(NEW)
    assert engine.done == ["start b2", "mark"]
    assert engine.live == NEW


def test_the_old_beat_ends_before_the_new_one_starts_and_the_rest_goes_on(engine: Engine) -> None:
    engine.has(OLD)
    engine.has(NEW, beat="created")
    engine.live = dict(OLD)
    roll_out(NEW)
    assert engine.done == ["stop b1", "start b2", "mark"]
    # The old service and worker are Pulumi's to stop, at the end of a good `up`.
    assert engine.state["s1"] == engine.state["w1"] == "running"


@pytest.mark.parametrize("broken", ["s2", "w2"])
def test_one_that_does_not_become_ready_leaves_all_as_it_was(engine: Engine, broken: str) -> None:
    engine.has(OLD)
    engine.has(NEW, beat="created")
    engine.live, engine.broken = dict(OLD), {broken}
    with pytest.raises(pulumi.RunError, match=broken):
        roll_out(NEW)
    assert engine.live == OLD
    assert {one for one, state in engine.state.items() if state == "running"} == set(OLD.values())


def test_a_beat_that_does_not_become_ready_gives_back_to_the_old_one(engine: Engine) -> None:
    engine.has(OLD)
    engine.has(NEW, beat="created")
    engine.live, engine.broken = dict(OLD), {"b2"}
    with pytest.raises(pulumi.RunError, match="b2"):
        roll_out(NEW)
    assert engine.done[:4] == ["stop b1", "start b2", "stop b2", "start b1"]
    assert engine.live == OLD
    assert {one for one, state in engine.state.items() if state == "running"} == set(OLD.values())


def test_the_live_ones_are_never_stopped_for_not_being_ready(engine: Engine) -> None:
    engine.has(NEW)
    engine.live, engine.broken = dict(NEW), {"s2"}
    with pytest.raises(pulumi.RunError, match="s2"):
        roll_out(NEW)
    assert engine.done == []


def test_only_the_successor_is_stopped_where_the_others_are_unchanged(engine: Engine) -> None:
    wanted = {**OLD, "worker": "w2"}
    engine.has(OLD)
    engine.has({"worker": "w2"})
    engine.live, engine.broken = dict(OLD), {"w2"}
    with pytest.raises(pulumi.RunError, match="w2"):
        roll_out(wanted)
    assert engine.done == ["stop w2"]


def test_a_run_that_was_killed_after_the_change_is_finished(engine: Engine) -> None:
    engine.has({**OLD, "beat": "b1"})
    engine.state["b1"] = "exited"
    engine.has(NEW)
    engine.live = dict(NEW)
    roll_out(NEW)
    assert engine.done == []
