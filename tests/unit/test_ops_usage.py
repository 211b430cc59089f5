"""The grammar of the command: the stack comes first (decision 0036)."""

import pytest

from tests.unit.test_ops_cli import ops

OF_A_STACK = [
    *("build preview up check destroy status config url diagram".split()),
    *("logs exec copy restart repair".split()),
    *("state restore", "secret set", "secret list", "secret remove"),
]


@pytest.mark.parametrize("verb", OF_A_STACK)
def test_no_verb_has_a_default_stack(verb: str) -> None:
    done = ops(*verb.split())
    assert done.returncode == 2 and f"ops {verb} needs a stack" in done.stderr
    assert f"ops {verb} dev (stacks: dev, production, staging)" in done.stderr


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("up --stack staging", "ops up staging"),
        ("destroy --yes -s dev", "ops destroy dev --yes"),
        ("logs --stack dev service", "ops logs dev service"),
        ("exec --stack dev service -- ls", "ops exec dev service -- ls"),
        ("state restore -s dev --yes", "ops state restore dev --yes"),
    ],
)
def test_the_stack_as_an_option_is_refused_with_the_command_to_type(typed: str, right: str) -> None:
    done = ops(*typed.split())
    assert done.returncode == 2 and "takes the stack as its first argument" in done.stderr
    assert done.stderr.endswith(f"next:  {right}\n")


def test_a_component_in_place_of_the_stack() -> None:
    done = ops("exec", "service", "--", "python", "manage.py", "check")
    assert done.returncode == 2 and "'service' is a component" in done.stderr
    assert "ops exec STACK service" in done.stderr
