"""A diagram of an environment as SVG: its components, what each talks to, and its networks."""

from collections.abc import Mapping
from dataclasses import dataclass

from stacks.files.templates import render
from stacks.topology import Topology

WIDTH, MARGIN = 860, 20
BOX_WIDTH, BOX_HEIGHT = 240, 82
GAP = 20
ROWS = {"clients": 46, "edge": 166, "processes": 316, "data": 466}  # the top of each row's boxes
BAND_HEIGHT = BOX_HEIGHT + 44  # room for the network's name below the boxes
COLORS = {"edge": "#0969da", "processes": "#1a7f37", "data": "#9a6700", "clients": "#57606a"}


@dataclass(frozen=True)
class Box:
    """A component: its place in pixels, and up to three lines about it."""

    name: str
    row: str
    column: int
    lines: tuple[str, ...]

    width = BOX_WIDTH
    height = BOX_HEIGHT

    @property
    def x(self) -> int:
        """The left side."""
        return MARGIN + 25 + self.column * (BOX_WIDTH + GAP)

    @property
    def y(self) -> int:
        """The top."""
        return ROWS[self.row]

    @property
    def stroke(self) -> str:
        """The color of its row."""
        return COLORS[self.row]


@dataclass(frozen=True)
class Link:
    """A connection from one box to another, opened by the first."""

    source: Box
    target: Box
    dashed: bool = False

    @property
    def path(self) -> str:
        """From the bottom of the one to the top of the other."""
        x1, y1 = self.source.x + BOX_WIDTH // 2, self.source.y + BOX_HEIGHT
        x2, y2 = self.target.x + BOX_WIDTH // 2, self.target.y - 2
        middle = (y1 + y2) // 2
        return f"M{x1} {y1}C{x1} {middle} {x2} {middle} {x2} {y2}"


@dataclass(frozen=True)
class Band:
    """A network, as a colored band behind its components."""

    label: str
    y: int
    height: int
    fill: str


def diagram(topology: Topology) -> str:
    """The environment as an SVG document."""
    boxes = _boxes(topology)
    return render(
        "diagram.svg.j2",
        title=f"{topology.prefix}: phase {topology.phase}, {topology.url}",
        width=WIDTH,
        height=ROWS["data"] + BAND_HEIGHT,
        margin=MARGIN,
        boxes=boxes.values(),
        links=_links(boxes),
        bands=_bands(topology),
    )


def _boxes(topology: Topology) -> dict[str, Box]:
    ports = f"ports {topology.edge.https_port} (HTTPS), {topology.edge.http_port} (HTTP)"
    boxes = [
        Box("clients", "clients", 1, ("browsers, API clients", ports)),
        Box("edge", "edge", 1, ("Nginx: TLS, limits, static files", _limits(topology, "edge"))),
        *_processes(topology),
        *_data(topology),
    ]
    present = ("clients", *topology.components)
    return {box.name: box for box in boxes if box.name in present}


def _processes(topology: Topology) -> list[Box]:
    service, worker = topology.service, topology.worker
    lines = {
        "service": (
            f"Gunicorn: {service.workers} workers, {service.threads} threads each",
            "behind a unix socket",
        ),
        "worker": (
            f"Celery: {worker.concurrency} processes",
            f"stops within {worker.stop_grace} s",
        ),
        "beat": ("Celery's clock, one",),
    }
    return _row(topology, "processes", lines)


def _data(topology: Topology) -> list[Box]:
    postgres = topology.postgres
    lines = {
        "postgres": (
            f"PostgreSQL: database {postgres.database}",
            f"{postgres.max_connections} connections",
        ),
        "redis-queue": ("Redis: queue, sessions", "evicts nothing"),
        "redis-cache": ("Redis: cache, rate limits", "evicts when full"),
    }
    return _row(topology, "data", lines)


def _row(topology: Topology, row: str, lines: Mapping[str, tuple[str, ...]]) -> list[Box]:
    """A box for each component, from left to right, with its limits as the last line."""
    return [
        Box(name, row, column, (*about, _limits(topology, name)))
        for column, (name, about) in enumerate(lines.items())
    ]


def _limits(topology: Topology, component: str) -> str:
    limits = getattr(topology, component.replace("-", "_")).limits
    return f"{limits.memory} MiB, {limits.cpus:g} CPU"


def _links(boxes: dict[str, Box]) -> list[Link]:
    data = ("postgres", "redis-queue", "redis-cache")
    pairs = [("clients", "edge"), ("edge", "service"), ("beat", "redis-queue")]
    pairs += [(source, target) for source in ("service", "worker") for target in data]
    return [
        Link(boxes[source], boxes[target], dashed=source == "beat")
        for source, target in pairs
        if source in boxes and target in boxes
    ]


def _bands(topology: Topology) -> list[Band]:
    networks = {
        "edge": (topology.edge.network, "#ddf4ff"),
        "processes": ("out", "#dafbe1"),
        "data": ("back", "#fff8c5"),
    }
    return [
        Band(f"network {name}", ROWS[row] - 14, BAND_HEIGHT, fill)
        for row, (name, fill) in networks.items()
    ]
