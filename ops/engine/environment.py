"""The environment variables of every program that works on a stack.

`ops` passes them to the programs that it starts; `eval "$(ops env)"` sets them in a shell, so that
plain `pulumi up --stack dev` uses the same state and the same tools.
"""

import os
import secrets
import shlex
import sys
from pathlib import Path

from infra.docker import engine_address
from ops.setup import cache
from stacks.errors import PreflightError
from stacks.topology import PROJECT

WORK = PROJECT / ".upshift"
PASSPHRASE = WORK / "passphrase"
STATE = WORK / "state"
PULUMI_HOME = WORK / "pulumi"


def variables() -> dict[str, str]:
    """Name and value of each variable; a value that the user has set takes precedence."""
    found = {
        "PATH": _path(),
        "PULUMI_BACKEND_URL": backend(),
        "PULUMI_PYTHON_CMD": sys.executable,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    if not found["PULUMI_BACKEND_URL"].startswith("http"):
        found["PULUMI_HOME"] = os.environ.get("PULUMI_HOME") or str(_pulumi_home())
    found |= engine_address.variables()
    is_set = {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"} & os.environ.keys()
    if not is_set:
        found["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(passphrase_file())
    return found


def backend() -> str:
    """The URL of the state: UPSHIFT_BACKEND, PULUMI_BACKEND_URL, or a folder of the project."""
    named = os.environ.get("UPSHIFT_BACKEND") or os.environ.get("PULUMI_BACKEND_URL")
    if named:
        return named
    STATE.mkdir(parents=True, exist_ok=True, mode=0o700)
    return f"file://{STATE}"


def _pulumi_home() -> Path:
    """PULUMI_HOME for this checkout, with the user's own plugins.

    Pulumi's logs hold a stack's values, encrypted. In a folder of this checkout they can be removed
    with the stack, and those of another checkout's stack of the same name are kept. (With Pulumi
    Cloud as backend the user's own folder is used, which holds the login.)
    """
    plugins = Path.home() / ".pulumi" / "plugins"
    PULUMI_HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    plugins.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        (PULUMI_HOME / "plugins").symlink_to(plugins)
    except FileExistsError:
        pass
    return PULUMI_HOME


def passphrase_file() -> Path:
    """The file that decrypts the secrets, created once. Raises PreflightError when it was lost."""
    if PASSPHRASE.exists():
        return PASSPHRASE
    url = backend()
    if url.startswith("file://") and any(Path(url[7:]).glob(".pulumi/stacks/**/*.json")):
        raise PreflightError(
            "the passphrase file is missing: the stack's secrets cannot be decrypted without it",
            where=str(PASSPHRASE),
            hint="restore the file from your copy, or set PULUMI_CONFIG_PASSPHRASE",
        )
    PASSPHRASE.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A temporary name and then a link: concurrent runs agree on one complete file.
    fresh = PASSPHRASE.with_name(f".passphrase.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(32))
    try:
        os.link(fresh, PASSPHRASE)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return PASSPHRASE


def exports() -> str:
    """Lines for a shell's `eval`, with any password in the backend's URL."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables().items())


def _path() -> str:
    cache.touch(cache.bin_dir())
    first = [str(cache.bin_dir()), str(Path(sys.executable).parent)]
    rest = [part for part in os.environ.get("PATH", "").split(os.pathsep) if part not in first]
    return os.pathsep.join([*first, *rest])
