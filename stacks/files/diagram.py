"""A diagram of an environment as SVG: its components, what each talks to, and its networks."""

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
    edge, service, worker = topology.edge, topology.service, topology.worker
    ports = f"ports {edge.https_port} (HTTPS), {edge.http_port} (HTTP)"
    postgres = topology.postgres
    boxes = [
        Box("clients", "clients", 1, ("browsers, API clients", ports)),
        Box("edge", "edge", 1, ("Nginx: TLS, limits, static files", _limits(topology, "edge"))),
        Box(
            "service",
            "processes",
            0,
            (
                f"Gunicorn: {service.workers} workers, {service.threads} threads each",
                "behind a unix socket",
                _limits(topology, "service"),
            ),
        ),
        Box(
            "worker",
            "processes",
            1,
            (
                f"Celery: {worker.concurrency} processes",
                f"stops within {worker.stop_grace} s",
                _limits(topology, "worker"),
            ),
        ),
        Box("beat", "processes", 2, ("Celery's clock, one", _limits(topology, "beat"))),
        Box(
            "postgres",
            "data",
            0,
            (
                f"PostgreSQL: database {postgres.database}",
                f"{postgres.max_connections} connections",
                _limits(topology, "postgres"),
            ),
        ),
        Box(
            "redis-queue",
            "data",
            1,
            ("Redis: queue, sessions", "evicts nothing", _limits(topology, "redis-queue")),
        ),
        Box(
            "redis-cache",
            "data",
            2,
            ("Redis: cache, rate limits", "evicts when full", _limits(topology, "redis-cache")),
        ),
    ]
    there = ("clients", *topology.components)
    return {box.name: box for box in boxes if box.name in there}


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
