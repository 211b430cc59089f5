import threading

import pytest

from ops.setup import doctor, steps
from ops.setup.networks import Networks
from stacks.errors import SetupError


def finding(name: str, *, state: doctor.State) -> doctor.Finding:
    return doctor.Finding(name, state, "", "")


def refuse() -> str:
    raise SetupError("no such host", hint="a mirror")


def test_the_plan_holds_only_what_is_missing() -> None:
    seen = [finding(doctor.ENGINE, state="ok"), finding(doctor.BASE_IMAGE, state="missing")]
    planned = steps.plan(networks=Networks(), findings=seen)
    assert [(step.name, step.needs) for step in planned] == [(doctor.BASE_IMAGE, ())]


def test_the_base_image_waits_for_the_engine() -> None:
    names = (doctor.ENGINE, doctor.PULUMI, doctor.PROVIDER, doctor.BASE_IMAGE, doctor.COMPOSE)
    seen = [finding(name, state="missing") for name in names]
    needs = {step.name: step.needs for step in steps.plan(networks=Networks(), findings=seen)}
    assert needs[doctor.BASE_IMAGE] == needs[doctor.COMPOSE] == (doctor.ENGINE,)
    assert needs[doctor.PULUMI] == needs[doctor.PROVIDER] == ()


def test_independent_steps_run_side_by_side_and_needs_come_first() -> None:
    meeting = threading.Barrier(2, timeout=5)
    order: list[str] = []

    def meet() -> str:
        meeting.wait()
        order.append("met")
        return ""

    def last() -> str:
        order.append("last")
        return "how"

    events: list[steps.Progress] = []
    steps.apply(
        [steps.Step("c", ("a", "b"), last), steps.Step("a", (), meet), steps.Step("b", (), meet)],
        on_progress=events.append,
    )
    assert order == ["met", "met", "last"]
    assert (events[-1].step, events[-1].state, events[-1].detail) == ("c", "done", "how")


def test_a_failure_skips_what_needs_it_and_is_raised() -> None:
    events: list[steps.Progress] = []
    planned = [
        steps.Step("a", (), refuse),
        steps.Step("b", ("a",), lambda: ""),
        steps.Step("c", ("b",), lambda: ""),
        steps.Step("free", (), lambda: ""),
    ]
    with pytest.raises(SetupError, match="no such host"):
        steps.apply(planned, on_progress=events.append)
    last = {event.step: event.state for event in events}
    assert last == {"a": "failed", "b": "skipped", "c": "skipped", "free": "done"}


def test_several_failures_are_told_together() -> None:
    planned = [steps.Step("a", (), refuse), steps.Step("b", (), refuse)]
    with pytest.raises(SetupError) as caught:
        steps.apply(planned, on_progress=lambda event: None)
    assert "a: " in caught.value.message and "b: " in caught.value.message
    assert caught.value.hint == "a mirror"


def test_a_plan_without_end_is_refused() -> None:
    with pytest.raises(SetupError, match="depend on each other"):
        steps.apply([steps.Step("a", ("b",), refuse)], on_progress=lambda event: None)


def test_an_empty_plan_is_done() -> None:
    heard: list[steps.Progress] = []
    steps.apply([], on_progress=heard.append)
    assert heard == []
