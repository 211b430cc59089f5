"""The drills' own arithmetic: what they judge wrong, and what they print."""

import json
from collections import Counter
from typing import Any

import pytest

from tests.drills.__main__ import table
from tests.drills.exhaustion import Result, judged
from tests.drills.looks import State, as_json
from tests.drills.user import Seen


def state(**changes: Any) -> State:
    """A state in which all is well."""
    well: dict[str, Any] = {
        **{"broker": 3.0, "broker_most": 96.0, "sessions": 2, "disk": 60.0, "ready": True},
        **{"worker": "healthy", "restarts": {"service": 0}},
    }
    return State(**{**well, **changes})


def seen(*, times: float = 20.0, status: int = 200) -> Seen:
    """A hundred answers."""
    return Seen(times=[times] * 100, statuses=Counter({status: 100}))


def wrong(
    *, after: Seen, during: Seen | None = None, login: int = 200, **changes: Any
) -> list[str]:
    """What is judged wrong with a fill."""
    told = (during or seen()).told()
    logins = {"new device": login, "known device": 200}
    result = Result("bodies", Counter({413: 9}), told, after.told(), logins, state(**changes))
    return judged(result, after=after, limit=200.0, first=state())


def test_where_all_is_well_nothing_is_wrong() -> None:
    assert wrong(after=seen()) == []
    assert wrong(after=seen(), during=seen(times=900.0)) == [], "slow meanwhile is reported only"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"after": seen(times=201.0)}, "p95 is 201 ms"),
        ({"after": seen(status=503)}, "503"),
        ({"after": seen(status=429)}, "429"),
        ({"after": seen(status=0)}, "{0: 100}"),
        ({"after": seen(), "during": seen(status=502)}, "100 of the user's requests failed"),
        ({"after": seen(), "login": 429}, "'new device': 429"),
        ({"after": seen(), "ready": False}, "ready: False"),
        ({"after": seen(), "worker": "unhealthy"}, "worker: unhealthy"),
        ({"after": seen(), "restarts": {"service": 1}}, "were restarted"),
    ],
)
def test_each_harm_is_judged_wrong(given: dict[str, Any], said: str) -> None:
    (text,) = wrong(**given)
    assert said in text


def test_a_result_can_be_kept_as_json() -> None:
    told = Result("a", Counter({0: 1, 413: 2}), {}, {}, {"new device": 200}, state()).told()
    assert json.loads(as_json(told))["filled"] == {"0": 1, "413": 2}


def test_percentiles_are_of_all_answers() -> None:
    many = Seen(times=[float(number) for number in range(1, 101)])
    assert [many.percentile(share) for share in (0.5, 0.95, 0.99)] == [51.0, 96.0, 100.0]
    assert Seen().percentile(0.95) == 0.0


def test_the_table_has_a_row_for_each_phase() -> None:
    told = seen().told()
    text = table({"before": told, "results": [{"name": "search", "during": told, "after": told}]})
    assert [line.split("  ")[0] for line in text.splitlines()][1:] == [
        "before",
        "search, during",
        "search, after",
    ]
