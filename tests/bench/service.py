"""The service's own endpoints beside the usual way and a bare view.

All are asked at Gunicorn over TCP, on one core, in the same start, one after another.
"""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import hits, memory, seeded
from tests.bench.asking import Ask, at_rate, top_rate, warm_up
from tests.bench.edge_stack import RAISED, EdgeStack
from tests.bench.endpoints import EDGE_LIST, Endpoint, endpoints, ratios
from tests.bench.figures import Goal, collect
from tests.bench.machine import watched
from tests.bench.part import Part, Say
from tests.bench.seeded import NO_LIMITS, Seeded
from tests.bench.stack import demand, own_stack

CONNECTIONS = 16
SHARE = 0.6  # of an endpoint's top rate: where its p95 is looked at
MIX_ARRIVALS = 100.0  # per second
P95, P95_OF_ONE = Goal(40, at_least=False), Goal(60, at_least=False)
SHARED = Goal(20_000)
HIT_RATE = Goal(0.8)
CACHE = "cache hit rate under the mix"

Run = dict[str, float]


def measure(*, starts: int, seconds: int, say: Say) -> Part:
    """Each start is one of Gunicorn, for every row."""
    described = {**RAISED, "app": {"environment": NO_LIMITS}}
    with own_stack(**described) as journey, TemporaryDirectory() as folder, watched() as watch:
        say("up, with raised limits, and seed")
        demand(journey, "up")
        stack = EdgeStack(journey)
        stack.start_afresh()
        url = stack.bare.url("")
        known = seeded.seed(stack.names["service"], url=url, host=stack.behind_tls)
        asked = Asked(stack, known, folder=Path(folder), seconds=seconds)
        runs = []
        for number in range(starts):
            runs.append(asked.start(turned=number % 2 == 1))
            say(f"start {number + 1}: " + told_of(runs[-1]))
        facts = asked.facts()
    figures = collect(runs, unit=_unit, goals=_goals(runs[0]), noisy=watch.noisy)
    notes = _notes(stack, seconds=seconds)
    return Part("service", [*figures, *ratios(figures)], watch=watch, facts=facts, notes=notes)


def _unit(name: str) -> str:
    if name == CACHE:
        return "share"
    return "ms" if name.endswith(", p95") else "/s"


def _goals(run: Mapping[str, float]) -> dict[str, Goal]:
    rows = [name for name in run if name.startswith("ours") and name.endswith(", p95")]
    ours = {name: P95 if "list" in name else P95_OF_ONE for name in rows}
    return {**ours, EDGE_LIST: SHARED, CACHE: HIT_RATE}


def told_of(run: Mapping[str, float]) -> str:
    """The rates of a start on one line."""
    return ", ".join(f"{name} {value:,.4g}" for name, value in run.items() if "p95" not in name)


def _notes(stack: EdgeStack, *, seconds: int) -> list[str]:
    mix = ", ".join(f"{share} % {name}" for name, share in hits.MIX.items())
    return [
        f"Pinned: {stack.pins}; the edge's list: every core for the edge and the generator.",
        f"Rates: {CONNECTIONS} connections, {seconds} s after a warm-up, at Gunicorn over TCP."
        f" p95: in an open loop at {SHARE:.0%} of the endpoint's own top rate.",
        f"The mix: {mix}; {MIX_ARRIVALS:.0f} a second over {seeded.PROJECTS} projects.",
    ]


class Asked:
    """One stack with its yardsticks, asked for every row."""

    def __init__(self, stack: EdgeStack, known: Seeded, *, folder: Path, seconds: int) -> None:
        self.stack, self.known, self.folder, self.seconds = stack, known, folder, seconds
        self.rows: list[Endpoint] = endpoints(stack, known)

    def start(self, *, turned: bool) -> Run:
        """One start's figures: every server afresh, then every row, in turned order or not."""
        for server in {row.server.name: row.server for row in self.rows}.values():
            server.restart()
        for row in self.rows:
            row.server.wait(row.live, headers=self.stack.behind_tls)
        found = {
            row.name: self._row(row.name, ask=row.ask())
            for row in (reversed(self.rows) if turned else self.rows)
        }
        told = {name: value for row in self.rows for name, value in found[row.name].items()}
        told[EDGE_LIST] = self._at_edge()
        told[CACHE] = self._hit_rate()
        return told

    def _row(self, name: str, *, ask: Ask) -> Run:
        cores = self.stack.pins.generator
        top = self._top(ask, cores=cores)
        seen = at_rate(ask, rate=SHARE * top, seconds=self.seconds, cores=cores, folder=self.folder)
        return {name: top, f"{name}, p95": seen.p95}

    def _top(self, ask: Ask, *, cores: str) -> float:
        def rate(seconds: float) -> float:
            return top_rate(
                ask, seconds=seconds, connections=CONNECTIONS, cores=cores, folder=self.folder
            )

        warm_up(rate, seconds=self.seconds / 4)
        return rate(self.seconds)

    def _at_edge(self) -> float:
        self.stack.spread()
        try:
            ask = self.stack.at_edge("/api/v1/projects/public/", personal=False)
            return self._top(ask, cores="")
        finally:
            self.stack.pin()

    def _hit_rate(self) -> float:
        found, self.families = hits.under_mix(
            self._mix(),
            url=self.stack.bare.url("/metrics"),
            headers=self.stack.for_metrics(),
            arrivals=MIX_ARRIVALS,
            seconds=max(10, self.seconds),
            cores=self.stack.pins.generator,
            folder=self.folder,
        )
        return found

    def _mix(self) -> dict[str, list[Ask]]:
        bare, known = self.stack.bare, self.known
        headers = seeded.token(bare.url(""), password=known.password, host=self.stack.behind_tls)

        def ask(path: str) -> Ask:
            return Ask(bare.url(path), headers=headers)

        lists = [known.list_path(project) for project in known.projects]
        body = '{"title": "of the mix"}'
        json = {**headers, "Content-Type": "application/json"}
        return {
            "list": [ask(path) for path in lists],
            "detail": [ask(known.detail_path)],
            "public list": [
                Ask(bare.url("/api/v1/projects/public/"), headers=self.stack.behind_tls)
            ],
            "filtered list": [ask(f"{path}?status=open") for path in lists],
            "create": [
                Ask(bare.url(path), headers=json, method="POST", body=body, keyed=True)
                for path in lists
            ],
        }

    def facts(self) -> dict[str, str]:
        """What is no figure of a start."""
        told = {f"hits, {name}": f"{share:.1%}" for name, share in self.families.items()}
        for server in {row.server.name: row.server for row in self.rows}.values():
            told[f"memory of {server.name}"] = memory.of_workers(server.name)
        return told
