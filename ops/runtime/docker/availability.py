"""Whether a Docker engine answers this user."""

import os

from infra.docker import engine_address
from ops.setup import docker_engine
from stacks.errors import PreflightError


def check_engine() -> str:
    """The engine's version, in a line. Raises PreflightError when none answers this user."""
    answer = docker_engine.ask()
    if answer.state == "ok":
        return f"docker: {answer.version}"
    if answer.state == "refused":
        raise PreflightError(
            "this user may not use Docker", where=answer.reason, hint=docker_engine.RIGHTS_HINT
        )
    what = "is not installed" if answer.state == "missing" else "does not answer"
    where, hint = answer.reason, "ops setup"
    if named := os.environ.get("DOCKER_HOST"):
        where, hint = f"DOCKER_HOST={named}: {where}", "start that engine, or unset DOCKER_HOST"
    elif named := engine_address.variables().get("DOCKER_HOST"):
        where = f"Docker's context names {named}: {where}"
        hint = "start that engine, or: docker context use default"
    raise PreflightError(f"Docker {what}", where=where, hint=hint)
