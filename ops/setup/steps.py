"""The plan of `ops setup`: only what is missing, and independent steps side by side."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Literal

from ops.setup import base_image
from ops.setup import compose as compose_plugin
from ops.setup import docker_engine, doctor, tools
from ops.setup.networks import Networks
from stacks.errors import SetupError, UpshiftError

TICK_SECONDS = 5.0


@dataclass(frozen=True)
class Step:
    """One thing to do: `needs` names steps that come first, `action` returns how it was done."""

    name: str
    needs: tuple[str, ...]
    action: Callable[[], str] = field(compare=False)


@dataclass(frozen=True)
class Progress:
    """What happens to a step; `running` comes again every few seconds of a long one."""

    step: str
    state: Literal["started", "running", "done", "failed", "skipped"]
    elapsed: float = 0.0
    detail: str = ""


OnProgress = Callable[[Progress], None]


def plan(
    *,
    compose: bool = False,
    networks: Networks | None = None,
    findings: Sequence[doctor.Finding] | None = None,
) -> list[Step]:
    """The steps that this machine still needs; an empty list when it needs none."""
    use = networks or Networks.from_environment()
    found = doctor.report(compose=compose) if findings is None else findings
    wanted = {finding.name for finding in found if finding.state != "ok"}
    every = [
        Step(doctor.ENGINE, (), lambda: docker_engine.ensure(use)),
        Step(doctor.PULUMI, (), lambda: tools.ensure_pulumi(use)),
        Step(doctor.PROVIDER, (), lambda: tools.ensure_provider(use)),
        Step(doctor.BASE_IMAGE, (doctor.ENGINE,), lambda: base_image.ensure(use)),
        # The plugin is tried by Docker's client, which comes with the engine.
        Step(doctor.COMPOSE, (doctor.ENGINE,), lambda: compose_plugin.ensure(use)),
    ]
    return [
        Step(step.name, tuple(name for name in step.needs if name in wanted), step.action)
        for step in every
        if step.name in wanted
    ]


def apply(plan: Sequence[Step], *, on_progress: OnProgress) -> None:
    """Do all steps, each as soon as those it needs are done.

    What runs beside a failed step is let end (its work is kept); then one error tells of all.
    """
    todo = _checked(plan)
    state = _Run(on_progress=on_progress)
    ticker = threading.Thread(target=state.tick, daemon=True)
    ticker.start()
    running: dict[Future[str], Step] = {}
    try:
        with ThreadPoolExecutor(max_workers=max(1, len(plan))) as pool:
            while todo or running:
                for step in state.ready(todo):
                    todo.remove(step)
                    running[pool.submit(state.perform, step)] = step
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    state.settle(running.pop(future), future=future)
                state.skip_unreachable(todo)
    finally:
        state.stop.set()
        ticker.join()
    _raise_for(state.failures)


def _checked(plan: Sequence[Step]) -> list[Step]:
    """The plan as a list to take from; raises when it cannot come to an end."""
    left, done = list(plan), set[str]()
    while left:
        free = [step for step in left if set(step.needs) <= done]
        if not free:
            names = ", ".join(step.name for step in left)
            raise SetupError(f"these steps depend on each other, or on an unplanned one: {names}")
        done |= {step.name for step in free}
        left = [step for step in left if step not in free]
    return list(plan)


def _raise_for(failures: Mapping[str, Exception]) -> None:
    """One failure is raised as it is; several become one error that tells each."""
    if len(failures) == 1:
        raise next(iter(failures.values()))
    if failures:
        hints = [each.hint for each in failures.values() if isinstance(each, UpshiftError)]
        lines = [f"{name}: {failure}" for name, failure in failures.items()]
        raise SetupError("\n".join(lines), hint=next((hint for hint in hints if hint), ""))


class _Run:
    """What has happened so far; events leave under one lock, so they never interleave."""

    def __init__(self, *, on_progress: OnProgress) -> None:
        self.done: set[str] = set()
        self.failures: dict[str, Exception] = {}
        self.stop = threading.Event()
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._begun: dict[str, float] = {}

    def ready(self, todo: Sequence[Step]) -> list[Step]:
        return [step for step in todo if set(step.needs) <= self.done]

    def perform(self, step: Step) -> str:
        with self._lock:
            self._begun[step.name] = time.monotonic()
            self._on_progress(Progress(step.name, "started"))
        return step.action()

    def settle(self, step: Step, *, future: Future[str]) -> None:
        failure = future.exception()
        with self._lock:
            elapsed = time.monotonic() - self._begun.pop(step.name)
            if isinstance(failure, Exception):
                self.failures[step.name] = failure
                self._on_progress(Progress(step.name, "failed", elapsed, str(failure)))
            elif failure is None:
                self.done.add(step.name)
                self._on_progress(Progress(step.name, "done", elapsed, future.result()))
        if failure is not None and not isinstance(failure, Exception):
            raise failure

    def skip_unreachable(self, todo: list[Step]) -> None:
        lost = set(self.failures)
        while unreachable := [step for step in todo if lost & set(step.needs)]:
            for step in unreachable:
                todo.remove(step)
                lost.add(step.name)
                with self._lock:
                    self._on_progress(
                        Progress(step.name, "skipped", detail="depends on a failed step")
                    )

    def tick(self) -> None:
        while not self.stop.wait(TICK_SECONDS):
            now = time.monotonic()
            with self._lock:
                for name, begun in self._begun.items():
                    self._on_progress(Progress(name, "running", now - begun))
