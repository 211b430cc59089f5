"""The rows of the service's table: who is asked for what, and what is to be reached."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.bench import seeded, yardsticks
from tests.bench.asking import Ask
from tests.bench.bare import Bare
from tests.bench.edge_stack import EdgeStack
from tests.bench.figures import Figure, Goal, ratio
from tests.bench.seeded import Seeded

BARE = "bare view"
LIST, CACHED, DETAIL, CREATE = "list of 25", "cached list", "detail", "create"
EDGE_LIST = "public list, shared by the edge over TLS"
# The least ratio of ours to the same of the usual way; to the bare view it is only shown.
TO_REACH: Mapping[str, tuple[str, float | None]] = {
    LIST: (f"usual: {LIST}", 4),
    CACHED: (BARE, None),
    DETAIL: (f"usual: {DETAIL}", 2.5),
    CREATE: (f"usual: {CREATE}", 2),
}


@dataclass(frozen=True)
class Endpoint:
    """One row: the server, what is asked just before a run, and an address that shows it is up."""

    name: str
    server: Bare
    ask: Callable[[], Ask]
    live: str = "/health/live"


def endpoints(stack: EdgeStack, known: Seeded) -> list[Endpoint]:
    """Every row, the yardsticks first; without their code ours only."""
    rows = [
        Endpoint(f"ours: {name}", stack.bare, _asker(stack.bare, stack, known, name))
        for name in (LIST, CACHED, DETAIL, CREATE)
    ]
    if not yardsticks.there():
        return rows
    place = {"label": stack.label, "cores": stack.pins.service}
    view = yardsticks.BARE_VIEW.beside(stack.names["service"], **place)
    usual = yardsticks.USUAL_WAY.beside(stack.names["service"], **place)
    bare = Endpoint(BARE, view, lambda: Ask(view.url("/"), headers=stack.behind_tls), live="/")
    ways = [
        Endpoint(f"usual: {name}", usual, _asker(usual, stack, known, name))
        for name in (LIST, DETAIL, CREATE)
    ]
    by_name = {row.name: row for row in [bare, *ways, *rows]}
    # Each beside its yardstick, so that what troubles one troubles the other.
    pairs = [(TO_REACH[name][0], f"ours: {name}") for name in (LIST, DETAIL, CREATE, CACHED)]
    return [by_name[name] for pair in pairs for name in pair]


def _asker(server: Bare, stack: EdgeStack, known: Seeded, name: str) -> Callable[[], Ask]:
    """Logs in afresh each time: a token is good for 15 minutes only."""
    project = known.list_path(known.projects[0])
    path = {LIST: f"{project}?page_size=25", CACHED: project, DETAIL: known.detail_path}

    def ask() -> Ask:
        url = server.url("")
        headers = seeded.token(url, password=known.password, host=stack.behind_tls)
        if name != CREATE:
            return Ask(server.url(path[name]), headers=headers)
        headers |= {"Content-Type": "application/json"}
        body = '{"title": "a task of the bench", "description": "as long as one may be"}'
        return Ask(server.url(project), headers=headers, method="POST", body=body, keyed=True)

    return ask


def ratios(figures: Sequence[Figure]) -> list[Figure]:
    """Ours over its yardstick, start by start."""
    by_name = {figure.name: figure for figure in figures}
    return [
        ratio(
            by_name[f"ours: {name}"],
            by_name[under],
            name=f"{name}: ours / {under}",
            goal=None if least is None else Goal(least),
        )
        for name, (under, least) in TO_REACH.items()
        if f"ours: {name}" in by_name and under in by_name
    ]
