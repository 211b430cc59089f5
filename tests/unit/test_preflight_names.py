"""Preflight: a stack's name and ports beside those of the other stacks."""

import pytest

from ops.preflight import names
from stacks.errors import PreflightError, TopologyError
from stacks.topology import Topology


def on_ports(http: int, https: int) -> Topology:
    stack = "dev" if http == 1 else "other"
    return Topology.model_validate(
        {"stack": stack, "edge": {"http_port": http, "https_port": https}}
    )


def test_a_port_of_another_stack_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = on_ports(1, 2), on_ports(3, 4)
    monkeypatch.setattr(names, "stack_names", lambda: ["dev", "other"])
    monkeypatch.setattr(names, "load_topology", lambda stack: other)
    assert names.shared_ports(mine) == ""
    both = mine.model_copy(update={"edge": other.edge})
    assert "the stack 'other' also uses port 3" in names.shared_ports(both)


def test_two_stacks_with_the_same_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Topology(stack="b-dev", name="up"), Topology(stack="dev", name="up-b")
    monkeypatch.setattr(names, "stack_names", lambda: ["b-dev", "dev"])
    monkeypatch.setattr(names, "load_topology", lambda stack: second)
    with pytest.raises(PreflightError, match="two stacks have the same name: 'b-dev' and 'dev'"):
        names.unique_name(first)


def test_an_error_in_another_stacks_file_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_name: str) -> Topology:
        raise TopologyError("broken")

    monkeypatch.setattr(names, "stack_names", lambda: ["dev", "other"])
    monkeypatch.setattr(names, "load_topology", broken)
    assert names.unique_name(Topology(stack="dev")) == "name: upshift-dev"
