"""Gunicorn's own settings: classes and threads of one worker on one core, and more workers."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ops.run import run
from tests.bench import bare, memory, seeded
from tests.bench.asking import Ask, top_rate, warm_up
from tests.bench.bare import GUNICORN, Bare
from tests.bench.edge_stack import RAISED, EdgeStack
from tests.bench.figures import collect
from tests.bench.machine import watched
from tests.bench.part import Part, Say
from tests.bench.seeded import NO_LIMITS, Seeded
from tests.bench.stack import demand, own_stack

CONNECTIONS = 16

Run = dict[str, float]


@dataclass(frozen=True)
class Setting:
    """What is tried: class, threads and number of the workers, on so many cores from 0 on."""

    kind: str
    threads: int
    workers: int = 1
    cores: int = 1

    def __str__(self) -> str:
        told = f"{self.workers} x {self.kind}"
        told += f", {self.threads} threads" if self.kind == "gthread" else ""
        return told + ("" if self.cores == 1 else f", {self.cores} cores")

    def command(self) -> list[str]:
        """Gunicorn's, whose arguments win over its file."""
        told = [*GUNICORN, "--worker-class", self.kind, "--workers", str(self.workers)]
        return [*told, "--threads", str(self.threads)]


def settings(cores: int) -> list[Setting]:
    """One worker in each way; then from two workers on one core to as many as there are cores."""
    one = [Setting("sync", 1), *(Setting("gthread", threads) for threads in (1, 2, 4))]
    counts = sorted({count for count in (2, 4, 8, 16) if count < cores} | {cores})
    more = [Setting("gthread", 2, workers=count, cores=count) for count in counts if count > 1]
    return [*one, Setting("gthread", 2, workers=2), *more]


def measure(*, starts: int, seconds: int, say: Say) -> Part:
    """Each start makes every setting afresh, one after another."""
    described = {**RAISED, "app": {"environment": NO_LIMITS}}
    with own_stack(**described) as journey, TemporaryDirectory() as folder, watched() as watch:
        say("up, with raised limits, and seed")
        demand(journey, "up")
        stack = EdgeStack(journey)
        stack.start_afresh()
        container, url = stack.names["service"], stack.bare.url("")
        known = seeded.seed(container, url=url, host=stack.behind_tls)
        tried = Tried(stack, known, folder=Path(folder), seconds=seconds)
        runs = []
        for number in range(starts):
            told: Run = {}
            for setting in settings(stack.cores):
                told |= tried.once(setting)
            runs.append(told)
            say(f"start {number + 1} done")
    figures = collect(runs, unit="/s", noisy=watch.noisy)
    notes = (
        f"At Gunicorn over TCP, {CONNECTIONS} connections, {seconds} s each. One core: core 0."
        " More: from core 0 on, and then the data and the generator share them.",
        "'sync' closes each connection after its answer, so each request opens one.",
    )
    return Part("workers", figures, watch=watch, notes=notes, facts=tried.memory)


class Tried:
    """One stack, beside which a setting at a time is started."""

    def __init__(self, stack: EdgeStack, known: Seeded, *, folder: Path, seconds: int) -> None:
        self.stack, self.known, self.folder, self.seconds = stack, known, folder, seconds
        self.memory: dict[str, str] = {}

    def once(self, setting: Setting) -> Run:
        """Start it, ask, and remove it."""
        last = setting.cores - 1
        server = bare.beside(
            self.stack.names["service"],
            name=f"{self.stack.names['service']}-tried",
            wsgi=self.stack.topology.app.wsgi,
            label=self.stack.label,
            cores=f"0-{last}" if last else self.stack.pins.service,
            environment={"DATABASE_POOL_MAX": str(setting.threads)},
            command=setting.command(),
        )
        try:
            server.wait(self.stack.topology.app.live_path, headers=self.stack.behind_tls)
            told = {f"{setting}: {name}": self._rate(ask) for name, ask in self._asks(server)}
            self.memory[f"memory of {setting}"] = memory.of_workers(server.name)
        finally:
            run(["docker", "rm", "-f", server.name], check=False)
        return told

    def _asks(self, server: Bare) -> list[tuple[str, Ask]]:
        url, project = server.url(""), self.known.list_path(self.known.projects[0])
        headers = seeded.token(url, password=self.known.password, host=self.stack.behind_tls)
        return [
            ("list of 25", Ask(server.url(f"{project}?page_size=25"), headers=headers)),
            ("cached list", Ask(server.url(project), headers=headers)),
        ]

    def _rate(self, ask: Ask) -> float:
        def rate(seconds: float) -> float:
            return top_rate(
                ask,
                seconds=seconds,
                connections=CONNECTIONS,
                cores=self.stack.pins.generator,
                folder=self.folder,
            )

        warm_up(rate, seconds=self.seconds / 4)
        return rate(self.seconds)
