"""What must be true before anything is touched. Each check looks, and changes nothing."""

import os
import shutil
from pathlib import Path, PurePath

from infra.docker import engine as asked
from infra.docker import engine_address
from infra.docker import ports as port_check
from ops.build import secret_files
from ops.preflight import certificate_files, edge_checks
from ops.run import run
from ops.setup import engine
from stacks.capacity import check_machine, memory_warning
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
        *(engine_answers, machine_fits, one_name, project_there, certificate_files.check),
        *(disk_left, ports, edge_checks.bodies_fit, edge_checks.client_addresses),
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
    elif named := engine_address.variables().get("DOCKER_HOST"):
        where = f"Docker's context names {named}: {where}"
        hint = "start that engine, or: docker context use default"
    raise PreflightError(f"Docker {what}", where=where, hint=hint)


def machine_fits(topology: Topology) -> str:
    """No component is given more CPUs or memory than the engine's machine has."""
    machine = asked.machine()
    if machine is None:
        return "machine: the engine does not tell its size"
    return check_machine(topology, machine=machine)


def warnings(topology: Topology) -> list[str]:
    """What will work, and is to be said: called when `preflight` found nothing wrong."""
    machine = asked.machine()
    said = [certificate_files.warning(topology), same_ports(topology)]
    return [*said, memory_warning(topology, machine=machine) if machine else ""]


def same_ports(topology: Topology) -> str:
    """Which other stack's file names a port of this one; empty when none does."""
    mine = {topology.edge.http_port, topology.edge.https_port}
    for other in stack_names():
        if other == topology.stack:
            continue
        try:
            edge = load_topology(other).edge
        except UpshiftError:
            continue  # another stack's mistake is told when that one is used
        if both := mine & {edge.http_port, edge.https_port}:
            port = min(both)
            return (
                f"the stack '{other}' has port {port} too: while this one runs on a machine,"
                " that one cannot start there"
            )
    return ""


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
    if engine_address.is_remote():
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
    return port_check.check(topology)


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
