"""What of Pulumi's own words comes on the screen."""

import pytest

from ops.engine import pulumi_output


def test_the_screen_shows_what_is_worth_it() -> None:
    screen = pulumi_output.Screen()
    lines = """Updating (dev):
@ updating....
 +  docker:index:Container edge created (1s)
    pulumi:pulumi:Stack upshift-dev running Traceback (most recent call last):
    pulumi:pulumi:Stack upshift-dev running   File "asyncio/base_events.py"
 +  docker:index:Container service created (3s)
Diagnostics:
  pulumi:pulumi:Stack (upshift-dev):
    error: update canceled
Outputs:
    ca_certificate: "-----BEGIN"
Resources:
    + 2 created""".splitlines()
    shown = [shown.strip() for line in lines for shown in screen.filter(line)]
    assert shown == [
        "Updating (dev):",
        "+  docker:index:Container edge created (1s)",
        "+  docker:index:Container service created (3s)",
        "Resources:",
        "+ 2 created",
    ]


def test_a_head_is_shown_with_what_stands_below_it() -> None:
    screen = pulumi_output.Screen()
    said = """Diagnostics:
  pulumi:pulumi:Stack (upshift-dev):
    warning: using pulumi-resource-docker from $PATH
  docker:index:Container (edge):
    warning: the port is deprecated
Resources:""".splitlines()
    shown = [shown for line in said for shown in screen.filter(line)]
    assert shown == [said[0], *said[3:]]
    quiet = pulumi_output.Screen()
    assert [each for line in said[:3] for each in quiet.filter(line)] == []


@pytest.mark.parametrize(
    ("counted", "unchanged"),
    [
        (["    49 unchanged"], True),
        (["    +-1 replaced", "    48 unchanged"], False),
        (["    ~ 1 updated", "    1 change. 48 unchanged"], False),
        (["    + 4 created"], False),
        ([], False),
    ],
)
def test_whether_an_up_changed_anything(counted: list[str], unchanged: bool) -> None:
    lines = ["Updating (dev):", "Resources:", *counted, "Duration: 3s"]
    assert pulumi_output.is_unchanged(lines) is unchanged
    after_refresh = ["Resources:", "    3 unchanged", *lines]
    assert pulumi_output.is_unchanged(after_refresh) is unchanged
