"""What a request costs at the edge over TLS, beside the same view asked at Gunicorn itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.asking import Ask, at_rate, top_rate, warm_up
from tests.bench.edge_stack import RAISED, EdgeStack
from tests.bench.figures import Figure, Goal, collect, ratio
from tests.bench.machine import watched
from tests.bench.part import Part, Say
from tests.bench.stack import demand, own_stack

CONNECTIONS = 32
SHARE = 0.65  # of the top rate: where latency is looked at
# Beyond, the generator of an open loop needs more of the cores than what it asks.
ARRIVALS_AT_MOST = 3_000.0

Run = dict[str, float]


@dataclass(frozen=True)
class Row:
    """An address. `personal`: the edge's cache is passed by; `shared`: the edge answers itself,
    so that Gunicorn is not compared and every core may work.
    """

    name: str
    path: str
    personal: bool = False
    shared: bool = False
    goal: Goal | None = None


STATIC = "static file"
ROWS = (
    Row(STATIC, "", shared=True),
    Row("live check", "/health/live"),
    Row("list from the database", "/api/v1/projects/public/?page_size=20", goal=Goal(0.9)),
    Row("list shared by the edge", "/api/v1/projects/public/", shared=True, goal=Goal(20_000)),
)


def measure(*, starts: int, seconds: int, say: Say) -> Part:
    """Each start is one of Gunicorn, on both sides; a quarter of the time goes to warm up."""
    with own_stack(**RAISED) as journey, TemporaryDirectory() as folder, watched() as watch:
        say("up, with raised limits")
        demand(journey, "up")
        stack = EdgeStack(journey)
        stack.start_afresh()
        stack.fill()
        asked = Asked(stack, folder=Path(folder), seconds=seconds)
        runs = []
        for number in range(starts):
            if number:
                stack.start_afresh()
            runs.append(asked.start(turned=number % 2 == 1))
            say(f"start {number + 1}: {told_of(runs[-1])}")
        facts = stack.facts()
    goals = {f"{row.name}, edge": row.goal for row in ROWS if row.shared and row.goal}
    figures = collect(runs, unit=_unit, goals=goals, noisy=watch.noisy)
    rows = [*figures, *kept(figures)]
    return Part("requests", rows, watch=watch, facts=facts, notes=_notes(stack, seconds=seconds))


def _unit(name: str) -> str:
    return "ms" if ", p" in name else "/s"


def _notes(stack: EdgeStack, *, seconds: int) -> list[str]:
    return [
        f"Pinned: {stack.pins}. Where the edge answers itself (static file, shared list), it and"
        " the generator have every core.",
        f"Rates: {CONNECTIONS} connections kept open, {seconds} s after a warm-up. Latency: through"
        f" the edge in an open loop, at {SHARE:.0%} of that rate, or {ARRIVALS_AT_MOST:,.0f}/s.",
        "'Gunicorn' is the same view of the same image with the same settings, limits and core,"
        " asked over TCP, without the edge and without TLS.",
    ]


def told_of(run: Mapping[str, float]) -> str:
    """The rates of a start on one line."""
    return ", ".join(f"{name} {value:,.0f}" for name, value in run.items() if ", p" not in name)


def kept(figures: list[Figure]) -> list[Figure]:
    """How much of Gunicorn's rate is left at the edge, start by start."""
    by_name = {figure.name: figure for figure in figures}
    return [
        ratio(
            by_name[f"{row.name}, edge"],
            by_name[f"{row.name}, Gunicorn"],
            name=f"{row.name}: edge / Gunicorn",
            goal=row.goal,
        )
        for row in ROWS
        if not row.shared
    ]


class Asked:
    """One stack, asked for every row."""

    def __init__(self, stack: EdgeStack, *, folder: Path, seconds: int) -> None:
        self.stack, self.folder, self.seconds = stack, folder, seconds

    def start(self, *, turned: bool) -> Run:
        """One start's figures. `turned`: Gunicorn is asked before the edge, and not after it."""
        told: Run = {}
        for row in ROWS:
            if row.shared:
                self.stack.spread()
            cores = "" if row.shared else self.stack.pins.generator
            told |= self._row(row, cores=cores, turned=turned)
            if row.shared:
                self.stack.pin()
        return told

    def _row(self, row: Row, *, cores: str, turned: bool) -> Run:
        path = row.path or self.stack.static_file()
        edge = self.stack.at_edge(path, personal=row.personal)
        asks = {f"{row.name}, edge": edge}
        if not row.shared:
            asks[f"{row.name}, Gunicorn"] = self.stack.at_gunicorn(path, personal=row.personal)
        order = list(reversed(asks)) if turned else list(asks)
        rates = {name: self._top(asks[name], cores=cores) for name in order}
        told = {name: rates[name] for name in asks}
        rate = min(SHARE * told[f"{row.name}, edge"], ARRIVALS_AT_MOST)
        seen = at_rate(edge, rate=rate, seconds=self.seconds, cores=cores, folder=self.folder)
        for name in ("p50", "p95", "p99"):
            told[f"{row.name}, {name}"] = getattr(seen, name)
        return told

    def _top(self, ask: Ask, *, cores: str) -> float:
        def rate(seconds: float) -> float:
            return top_rate(
                ask, seconds=seconds, connections=CONNECTIONS, cores=cores, folder=self.folder
            )

        warm_up(rate, seconds=self.seconds / 4)
        return rate(self.seconds)
