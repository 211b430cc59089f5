"""What is installed, what is missing, which version, and the command that fixes it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from ops.setup import base_image, compose, docker_engine, tools
from stacks import versions

State = Literal["ok", "missing", "stopped", "wrong"]

ENGINE = "docker engine"
PULUMI = "pulumi"
PROVIDER = "docker provider"
BASE_IMAGE = "base image"
COMPOSE = "docker compose"
_FIX = "ops setup"


@dataclass(frozen=True)
class Finding:
    """One thing that Upshift needs, and what this machine has."""

    name: str
    state: State
    found: str
    wanted: str
    fix: str = ""


def report(*, compose: bool = False) -> list[Finding]:
    """Check everything, in parallel; changes nothing."""
    checks: list[Callable[[], Finding]] = [_engine, _pulumi, _provider, _base_image]
    if compose:
        checks.append(_compose)
    with ThreadPoolExecutor(max_workers=len(checks)) as pool:
        return list(pool.map(lambda check: check(), checks))


def _engine() -> Finding:
    answer = docker_engine.ask()
    if answer.state == "ok":
        return Finding(ENGINE, "ok", answer.version, "any")
    if answer.state == "refused":
        return Finding(
            ENGINE, "wrong", "this user may not use Docker", "any", docker_engine.RIGHTS_HINT
        )
    state: State = "missing" if answer.state == "missing" else "stopped"
    return Finding(ENGINE, state, answer.reason, "any", _FIX)


def _pulumi() -> Finding:
    if tools.pulumi_folder():
        return Finding(PULUMI, "ok", versions.PULUMI, versions.PULUMI)
    other = tools.found_version("pulumi", arguments=("version",))
    if other == versions.PULUMI:
        other = f"{other} without its Python language host"
    return Finding(PULUMI, "wrong" if other else "missing", other, versions.PULUMI, _FIX)


def _provider() -> Finding:
    wanted = versions.PULUMI_DOCKER
    if tools.provider_path():
        return Finding(PROVIDER, "ok", wanted, wanted)
    other = tools.found_version(tools.PROVIDER, arguments=("--version",))
    return Finding(PROVIDER, "wrong" if other else "missing", other, wanted, _FIX)


def _base_image() -> Finding:
    image = base_image.found()
    state: State = "ok" if image else "missing"
    return Finding(BASE_IMAGE, state, image, versions.BASE_IMAGE, "" if image else _FIX)


def _compose() -> Finding:
    version = compose.found()
    state: State = "ok" if version else "missing"
    fix = "" if version else f"{_FIX} --compose"
    return Finding(COMPOSE, state, version, "2 or later", fix)
