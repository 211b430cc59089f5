"""The Docker engine: use a running one, else install and start the distribution's."""

import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ops import run as processes
from ops.setup import apt, cache
from ops.setup.networks import Networks
from stacks.errors import PreflightError, SetupError, UpshiftError

ANSWER_SECONDS = 60.0
_SCRIPT_SECONDS = 5.0
_SYSTEMD = Path("/run/systemd/system")
RIGHTS_HINT = "sudo usermod -aG docker $USER, then log in again"

State = Literal["ok", "missing", "stopped", "refused"]


@dataclass(frozen=True)
class Answer:
    """The result of `docker version`: the engine's version, or why there is none."""

    state: State
    version: str = ""
    reason: str = ""


def ask() -> Answer:
    """Ask the engine for its version; never raises."""
    if shutil.which("docker") is None:
        return Answer("missing", reason="docker is not installed")
    try:
        done = processes.run(
            ["docker", "version", "--format", "{{.Server.Version}}"], check=False, timeout=15
        )
    except UpshiftError as failure:
        return Answer("stopped", reason=failure.message)
    version = done.stdout.strip()
    if done.code == 0 and version:
        return Answer("ok", version=version)
    reason = done.stderr.strip()
    if "permission denied" in reason.lower():
        return Answer("refused", reason=reason)
    # A client alone, or one that talks to another machine's engine, has no daemon here.
    if shutil.which("dockerd") is None and not os.environ.get("DOCKER_HOST"):
        return Answer("missing", reason="only Docker's client is installed")
    return Answer("stopped", reason=reason)


def ensure(networks: Networks) -> str:
    """Get an engine running; returns what was done."""
    answer = ask()
    if answer.state == "ok":
        return f"{answer.version} answers"
    if answer.state == "refused":
        raise PreflightError("this user may not use Docker", where=answer.reason, hint=RIGHTS_HINT)
    if os.environ.get("DOCKER_HOST"):
        raise PreflightError(
            "the Docker engine does not answer",
            where=f"DOCKER_HOST={os.environ['DOCKER_HOST']}: {answer.reason}",
            hint="start that engine, or unset DOCKER_HOST",
        )
    done = "started"
    if answer.state == "missing":
        # Since Debian 13 the client is a separate package.
        apt.install(["docker.io"], optional=["docker-cli"], networks=networks)
        done = "installed and started"
    if ask().state != "ok":
        start(networks)
    return f"{ask().version} {done}"


def start(networks: Networks) -> None:
    """Start the installed engine by systemd, else by its init script, else by hand."""
    if os.geteuid() != 0:
        raise PreflightError(
            "the Docker engine is not running, and starting it requires root",
            hint="sudo systemctl start docker",
        )
    if _SYSTEMD.is_dir():
        processes.run(["systemctl", "start", "docker"], timeout=ANSWER_SECONDS + 30)
        wait(seconds=ANSWER_SECONDS, log="journalctl -u docker")
        return
    # Debian's script ends well although its daemon did not start (it may not raise its limits in
    # a container), so only the engine's answer counts.
    script = processes.run(["service", "docker", "start"], check=False, timeout=30)
    if script.code == 0 and _answers(seconds=_SCRIPT_SECONDS):
        return
    log = cache.root() / "dockerd.log"
    by_hand(log=log, networks=networks)
    wait(seconds=ANSWER_SECONDS, log=str(log))


def by_hand(*, log: Path, networks: Networks, options: Sequence[str] = ()) -> None:
    """Start the daemon in its own session, so that it keeps running after this command."""
    command = 'log="$1"; shift; exec dockerd "$@" >>"$log" 2>&1 </dev/null'
    processes.run(
        ["setsid", "--fork", "sh", "-c", command, "sh", str(log), *options],
        env=networks.environment(),
        cwd=Path("/"),
        timeout=15,
    )


def wait(*, seconds: float, log: str) -> None:
    """Wait until the engine answers. Raises SetupError naming its log."""
    if not _answers(seconds=seconds):
        raise SetupError(
            f"the Docker engine was started but did not answer within {seconds:g} s",
            where=ask().reason,
            hint=f"its log: {log}",
        )


def _answers(*, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while ask().state != "ok":
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True
