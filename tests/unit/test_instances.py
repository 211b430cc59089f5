"""Which of several containers runs a component now."""

import pytest

from stacks import instances
from stacks.instances import Found
from stacks.topology import Topology

DEV = Topology(stack="dev", test_label="mine")


def found(component: str, instance: str = "", *, state: str = "running", id: str = "") -> Found:
    called = f"{component}-{instance}" if instance else component
    return Found(id or called, f"upshift-dev-{called}", state, component, instance)


def test_every_container_of_the_stack_is_listed_and_none_of_another() -> None:
    command = instances.list_command(DEV)
    filters = [word for word in command if word.startswith("--filter")]
    assert "--filter=label=upshift.stack=dev" in filters
    assert "--filter=label=upshift.name=upshift" in filters
    assert not any("component" in word for word in filters)


def test_what_is_listed_is_read() -> None:
    text = "1\tupshift-dev-edge\trunning\tedge\t\n2\tupshift-dev-service-ab\texited\tservice\tab\n"
    edge, service = instances.parse_list(text)
    assert (edge.instance, edge.active) == ("", True)
    assert (service.instance, service.active, service.name) == (
        "ab",
        False,
        "upshift-dev-service-ab",
    )


def test_the_live_one_is_chosen_though_a_newer_one_runs() -> None:
    both = [found("service", "new"), found("service", "old"), found("edge")]
    assert instances.several(both)
    chosen = instances.choose(both, live={"service": "old"})
    assert chosen["service"].instance == "old" and chosen["edge"].id == "edge"
    assert "worker" not in chosen


def test_a_live_one_that_was_killed_is_still_the_one() -> None:
    both = [found("service", "new"), found("service", "old", state="exited")]
    assert instances.choose(both, live={"service": "old"})["service"].instance == "old"


@pytest.mark.parametrize("live", [{}, {"worker": "gone"}])
def test_without_a_word_the_one_that_runs_is_chosen(live: dict[str, str]) -> None:
    failed = [found("worker", "new", state="exited"), found("worker", "old")]
    assert instances.choose(failed, live=live)["worker"].instance == "old"
    both = [found("worker", "new"), found("worker", "old")]
    assert instances.choose(both, live=live)["worker"].instance == "new"


def test_markers_are_read_back_as_they_are_printed() -> None:
    told = instances.parse_markers("ab12.sock\ncd34\n-\n")
    assert told == {"service": "ab12", "worker": "cd34"}
    assert instances.parse_markers("") == {}


def test_markers_are_read_where_something_runs() -> None:
    assert instances.reader([found("edge", state="exited"), found("service", "a")]) == "service-a"
    assert instances.reader([found("worker", "a")]) == ""
    command = instances.markers_command("service-a")
    assert command[:3] == ["docker", "exec", "service-a"]
    assert instances.LIVE_SOCKET in command[-1]
