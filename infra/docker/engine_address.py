"""The address of the Docker engine: the same for `docker`, Pulumi's provider and `ops`.

The `docker` command follows a context (rootless Docker, colima, another server); Pulumi's provider
only reads DOCKER_HOST, and else uses the engine at the default socket.
"""

import json
import os
import shutil
from functools import lru_cache
from typing import Any

from infra import process
from stacks.errors import PreflightError

DEFAULT = "unix:///var/run/docker.sock"
TLS_FILES = {"ca.pem", "cert.pem", "key.pem"}
KEYS = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG")


def variables() -> dict[str, str]:
    """Variables that make every program use the same engine.

    Empty where they agree without them. Raises PreflightError for a context that variables cannot
    express.
    """
    return dict(_resolved(*(os.environ.get(key, "") for key in KEYS)))


def address() -> str:
    """The engine's address, for example unix:///var/run/docker.sock."""
    return variables().get("DOCKER_HOST") or os.environ.get("DOCKER_HOST") or DEFAULT


def is_remote() -> bool:
    """Whether the engine is on another machine, whose disk and ports cannot be checked here."""
    return address().partition(":")[0] not in ("unix", "fd")


def refuse_two_engines() -> None:
    """For plain `pulumi up`, whose provider has only this process's environment.

    Raises PreflightError when `docker` and the provider would use different engines.
    """
    needed = variables()
    if needed:
        raise PreflightError(
            f"Docker's context names the engine {needed['DOCKER_HOST']}, and Pulumi would use"
            f" {os.environ.get('DOCKER_HOST') or 'another'}; nothing was changed",
            where="docker context inspect",
            hint='eval "$(ops env)", and run the same command again; or use `ops up`',
        )


def forget() -> None:
    """Read the context again at the next call."""
    _resolved.cache_clear()


@lru_cache(maxsize=8)
def _resolved(host: str, context: str, _config: str) -> tuple[tuple[str, str], ...]:
    if host:
        # With both set, `docker` uses DOCKER_HOST, and the provider the context.
        return (("DOCKER_HOST", host), ("DOCKER_CONTEXT", "")) if context else ()
    output = process.output_of(["docker", "context", "inspect"])
    if output is None:
        if context and shutil.which("docker"):
            raise PreflightError(
                f"there is no Docker context {context!r}",
                where="DOCKER_CONTEXT",
                hint="docker context ls lists them; or unset DOCKER_CONTEXT",
            )
        return ()  # no docker command, or one without contexts
    found: dict[str, Any] = json.loads(output)[0]
    endpoint = found.get("Endpoints", {}).get("docker", {})
    if not context and endpoint.get("Host", DEFAULT) == DEFAULT:
        return ()
    address = {"DOCKER_HOST": str(endpoint.get("Host", DEFAULT)), "DOCKER_CONTEXT": ""}
    return tuple({**address, **_tls(found, endpoint=endpoint)}.items())


def _tls(context: dict[str, Any], *, endpoint: dict[str, Any]) -> dict[str, str]:
    """The context's certificates as variables; empty when it has none."""
    files = set(context.get("TLSMaterial", {}).get("docker", []))
    if not files and not endpoint.get("SkipTLSVerify"):
        return {}
    name = context.get("Name", "")
    if endpoint.get("SkipTLSVerify") or not TLS_FILES <= files:
        raise PreflightError(
            f"Pulumi cannot use the Docker context {name!r}: it must verify TLS, and have"
            f" {', '.join(sorted(TLS_FILES))}",
            where=f"docker context inspect {name}",
            hint="give the context all three files, or set DOCKER_HOST and DOCKER_CERT_PATH",
        )
    folder = os.path.join(context["Storage"]["TLSPath"], "docker")
    return {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": folder}
