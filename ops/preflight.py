"""What must be true before anything is touched. Each check looks, and changes nothing."""

import errno
import os
import shutil
import socket
from pathlib import Path, PurePath

from ops import certificate_files, edge_checks
from ops.build import secret_files
from ops.run import run
from ops.setup import engine
from stacks.errors import PreflightError, TopologyError, UpshiftError
from stacks.ignored import reason_of, rules_of
from stacks.loading import load_topology, stack_names
from stacks.release import app_path
from stacks.topology import Topology

GIB = 1024**3
# Of the engine's disk; UPSHIFT_DISK_LEFT (GiB) sets another.
DISK_LEFT = 2.0


def preflight(topology: Topology) -> list[str]:
    """Run every check; returns what was found. Raises PreflightError or TopologyError."""
    checks = (
        *(engine_answers, one_name, project_there, certificate_files.check, disk_left, ports),
        *(edge_checks.bodies_fit, edge_checks.client_addresses),
    )
    return [check(topology) for check in checks]


def engine_answers(_topology: Topology) -> str:
    """A Docker engine answers, and this user may speak to it."""
    answer = engine.ask()
    if answer.state == "ok":
        return f"docker: {answer.version}"
    if answer.state == "refused":
        raise PreflightError(
            "Docker is there, but this user has no rights to it",
            where=answer.reason,
            hint=engine.RIGHTS_HINT,
        )
    what = "is not installed" if answer.state == "missing" else "does not answer"
    where, hint = answer.reason, "ops setup"
    if named := os.environ.get("DOCKER_HOST"):
        where, hint = f"DOCKER_HOST={named}: {where}", "start that engine, or unset DOCKER_HOST"
    raise PreflightError(f"Docker {what}", where=where, hint=hint)


def one_name(topology: Topology) -> str:
    """No other stack would give its containers and volumes the same names."""
    for other in stack_names():
        if other == topology.stack:
            continue
        try:
            same = load_topology(other).prefix == topology.prefix
        except UpshiftError:
            continue  # another stack's mistake is told when that one is used
        if same:
            raise PreflightError(
                f"two stacks with one name: '{topology.stack}' and '{other}'"
                f" would both call their objects {topology.prefix}-…",
                where="topology.name",
                hint="give one of them another name",
            )
    return f"name: {topology.prefix}"


def project_there(topology: Topology) -> str:
    """`app.path` is a Django project, and holds the modules that Gunicorn and Celery start."""
    path, app = app_path(topology), topology.app
    secret_files.refuse(path, allowed=app.allow_files)
    _module_there(path, key="wsgi", named=app.wsgi, example="config.wsgi:application")
    if app.celery is None:
        return f"app: {path.name}, without worker and beat (no app.celery)"
    _module_there(path, key="celery", named=app.celery, example="config.celery:app")
    return f"app: {path.name}"


def _module_there(path: Path, *, key: str, named: str, example: str) -> None:
    module = named.partition(":")[0].replace(".", "/")
    places = (PurePath(f"{module}.py"), PurePath(module, "__init__.py"))
    found = next((place for place in places if (path / place).is_file()), None)
    if found is None:
        raise TopologyError(
            f"topology.app.{key}: {named!r}: there is no {module}.py in the project",
            where=str(path / f"{module}.py"),
            hint=f"name the module and its application, for example {example}",
        )
    if rule := reason_of(rules_of(path), found):
        raise TopologyError(
            f"topology.app.{key}: {named!r}: the image would not have it",
            where=rule,
            hint="change that line, so that the module goes into the image",
        )


def disk_left(_topology: Topology) -> str:
    """The engine's disk has room for images and data."""
    if _elsewhere():
        return "disk: on another machine, not looked at"
    wanted = _disk_wanted()
    told = run(["docker", "info", "--format", "{{.DockerRootDir}}"]).stdout.strip()
    folder = Path(told)
    # Without rights to look inside, its parent tells: it is nearly always the same disk.
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / GIB
    if free < wanted:
        raise PreflightError(
            f"the disk is nearly full: {free:.1f} GiB left, {wanted:g} wanted",
            where=told,
            hint="free some (docker image prune), or set UPSHIFT_DISK_LEFT in GiB",
        )
    return f"disk: {free:.0f} GiB left"


def ports(topology: Topology) -> str:
    """The edge's ports are free, or held by this very environment."""
    edge = topology.edge
    if _elsewhere():
        return "ports: on another machine, not looked at"
    own = _own_ports(topology)
    for key in ("http_port", "https_port"):
        port = getattr(edge, key)
        if port not in own:
            _free(port, bind=edge.bind, key=key)
    return f"ports: {edge.http_port}, {edge.https_port}"


def _free(port: int, *, bind: str, key: str) -> None:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((bind, port))
    except PermissionError:
        return  # a port below 1024: the engine opens it with its own rights
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PreflightError(
                f"port {port} is taken{_by_whom(port)}",
                where=f"topology.edge.{key}",
                hint="free it, or give this stack another port",
            ) from error
        raise PreflightError(
            f"{bind!r} is no address of this machine: {error.strerror}",
            where="topology.edge.bind",
            hint="127.0.0.1 (this machine only) or 0.0.0.0 (everywhere)",
        ) from error


def _own_ports(topology: Topology) -> set[int]:
    """Ports that this environment's own edge holds now: by its labels, as it may be renamed."""
    mine = [f"label={label}={value}" for label, value in topology.labels("edge").items()]
    filters = [word for one in mine for word in ("--filter", one)]
    running = run(["docker", "ps", "-q", *filters], check=False).stdout.split()
    if not running:
        return set()
    shape = "{{range .HostConfig.PortBindings}}{{range .}}{{.HostPort}} {{end}}{{end}}"
    shown = run(["docker", "container", "inspect", "-f", shape, *running], check=False)
    return {int(port) for port in shown.stdout.split()}


def _by_whom(port: int) -> str:
    shown = run(
        ["docker", "ps", "--filter", f"publish={port}", "--format", "{{.Names}}"], check=False
    )
    names = ", ".join(shown.stdout.split())
    return f" by the container {names}" if names else " by another program"


def _elsewhere() -> bool:
    """Whether the engine is on another machine, whose disk and ports cannot be seen from here."""
    return os.environ.get("DOCKER_HOST", "unix:").partition(":")[0] not in ("unix", "fd")


def _disk_wanted() -> float:
    told = os.environ.get("UPSHIFT_DISK_LEFT", "")
    try:
        return float(told) if told else DISK_LEFT
    except ValueError as error:
        raise PreflightError(
            f"UPSHIFT_DISK_LEFT is {told!r}, and a number of GiB is wanted",
            where="the environment",
            hint="unset it, or set it to a number, for example 2",
        ) from error
