"""How long the verbs take, and the same containers with Docker Compose, in turns."""

from collections.abc import Callable

from tests.bench.compose import Compose, compose_for
from tests.bench.figures import Figure, Goal, collect, ratio
from tests.bench.machine import watched
from tests.bench.part import Part, Say
from tests.bench.stack import demand, own_stack, seconds, wipe
from tests.journey.conftest import Journey

OPS_UP, PULUMI_UP = "cold ops up, smoke checks and all", "cold pulumi up"
COMPOSE_UP = "cold docker compose up --wait"
OPS_AGAIN, PULUMI_AGAIN = "no-op ops up, smoke checks and all", "no-op pulumi up"
COMPOSE_AGAIN = "no-op docker compose up --wait"
GOALS = {PULUMI_AGAIN: Goal(6, at_least=False), OPS_AGAIN: Goal(12, at_least=False)}
RATIO = Goal(1.5, at_least=False)

Run = dict[str, float]


def measure(*, starts: int, with_compose: bool, say: Say) -> Part:
    """Every start is from nothing but the images: no container, network, volume or state."""
    with own_stack() as journey, watched() as watch:
        say("build, and a first start that is not counted")
        demand(journey, "build")
        demand(journey, "up")
        compose = compose_for(journey) if with_compose else None
        wipe(journey)
        runs = [
            _start(number, journey=journey, compose=compose, say=say) for number in range(starts)
        ]
    figures = collect(runs, unit="s", goals=GOALS, noisy=watch.noisy)
    return Part("verbs", [*figures, *_ratios(figures)], watch=watch, notes=NOTES)


NOTES = (
    "Compose: the same images, commands, limits, networks, volumes, health checks and start order;"
    " its files are there before, and it checks nothing afterwards.",
)


def _start(number: int, *, journey: Journey, compose: Compose | None, say: Say) -> Run:
    """One start of each, in turns: what is first in one start is last in the next."""
    acts: list[Callable[[], Run]] = [lambda: _by_ops(journey), lambda: _by_pulumi(journey)]
    if compose is not None:
        known = compose
        acts.append(lambda: _by_compose(known))
    told: Run = {}
    for act in acts if number % 2 == 0 else reversed(acts):
        told |= act()
        say(
            f"start {number + 1}: "
            + ", ".join(f"{k} {v:.1f} s" for k, v in list(told.items())[-2:])
        )
    return {name: told[name] for name in ORDER if name in told}


ORDER = (
    *(OPS_UP, PULUMI_UP, COMPOSE_UP, OPS_AGAIN, PULUMI_AGAIN, COMPOSE_AGAIN),
    *("smoke checks", "ops destroy", "docker compose down"),
)


def _by_ops(journey: Journey) -> Run:
    told = {
        OPS_UP: seconds(lambda: demand(journey, "up")),
        OPS_AGAIN: seconds(lambda: demand(journey, "up")),
        "smoke checks": seconds(lambda: demand(journey, "check")),
        "ops destroy": seconds(lambda: demand(journey, "destroy", "--yes")),
    }
    wipe(journey)
    return told


def _by_pulumi(journey: Journey) -> Run:
    journey.pulumi("stack", "select", "--create")
    told = {PULUMI_UP: seconds(journey.pulumi_up), PULUMI_AGAIN: seconds(journey.pulumi_up)}
    wipe(journey)
    return told


def _by_compose(compose: Compose) -> Run:
    return {
        COMPOSE_UP: seconds(compose.up),
        COMPOSE_AGAIN: seconds(compose.up),
        "docker compose down": seconds(compose.down),
    }


def _ratios(figures: list[Figure]) -> list[Figure]:
    by_name = {figure.name: figure for figure in figures}
    if COMPOSE_UP not in by_name:
        return []
    under = by_name[COMPOSE_UP]
    return [
        ratio(by_name[PULUMI_UP], under, name="cold pulumi up / compose up", goal=RATIO),
        ratio(by_name[OPS_UP], under, name="cold ops up / compose up", goal=RATIO),
    ]
