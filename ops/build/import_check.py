"""Check that the project's modules can be imported in its image, before the image is used.

They are imported for real, in the image, with the variables that the service will have and made-up
secrets, without a network. Only a module that is missing fails the build: any other error may come
from what is not there yet (the database, a real secret), and is shown.
"""

import json
from collections.abc import Callable
from pathlib import Path, PurePath

from ops.run import run
from stacks.environment import service_environment
from stacks.errors import BuildError, CommandError
from stacks.ignore_rules import reason_of, rules_of
from stacks.loading import load_secrets
from stacks.topology import Topology

SECONDS = 60.0
MARK = "upshift-import: "
# Runs in the image. The secrets' files are written first, since settings read them.
PROGRAM = """
import importlib, json, os, pathlib, secrets, sys, traceback
sys.path.insert(0, os.getcwd())
for name, value in list(os.environ.items()):
    if name.endswith("_FILE") and value.startswith("/run/upshift/"):
        path = pathlib.Path("/tmp", name)
        path.write_text(secrets.token_urlsafe(48))
        os.environ[name] = str(path)
result = {}
try:
    for module in sys.argv[1:]:
        result["module"] = module
        importlib.import_module(module)
    result = {}
except ModuleNotFoundError as error:
    result["missing"] = error.name or ""
    result["trace"] = traceback.format_exc(limit=-3)
except BaseException as error:
    result["other"] = f"{type(error).__name__}: {error}"[:300]
print("\\nupshift-import: " + json.dumps(result), flush=True)
os._exit(0)
"""


def check(topology: Topology, *, source: Path, image: str, on_line: Callable[[str], None]) -> None:
    """Import what Gunicorn and Celery load. Raises BuildError naming the module and the rule."""
    loaded = (topology.app.wsgi, topology.app.celery or "")
    modules = [name.partition(":")[0] for name in loaded if name]
    result = _imported(topology, image=image, modules=modules)
    if "missing" in result:
        raise _error(result["missing"], result=result, source=source)
    if "other" in result:
        on_line(f"{result['module']}: import not verified without its servers: {result['other']}")
    else:
        on_line(f"imported in the image: {', '.join(modules)}")


def _imported(topology: Topology, *, image: str, modules: list[str]) -> dict[str, str]:
    variables = service_environment(topology, secrets=load_secrets(topology.stack))
    command = ["docker", "run", "--rm", "--network", "none", "--read-only", "--cap-drop", "ALL"]
    command += ["--tmpfs", "/tmp", "--memory", "512m"]
    command += ["--label", "upshift.build=import", "--security-opt", "no-new-privileges"]
    command += [word for name, value in variables.items() for word in ("-e", f"{name}={value}")]
    command += [image, "timeout", f"{SECONDS:g}", "python", "-c", PROGRAM, *modules]
    try:
        done = run(command, check=False, timeout=SECONDS * 2)
    except CommandError as error:
        return {"module": modules[0], "other": error.message}
    lines = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    if not lines:
        tail = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["(no output)"]
        return {"module": modules[0], "other": f"exit code {done.code}: {tail[0]}"}
    result: dict[str, str] = json.loads(lines[-1].removeprefix(MARK))
    return result


def _error(missing: str, *, result: dict[str, str], source: Path) -> BuildError:
    where, hint = str(source), "add its package to app.requirements, or correct the import"
    if rule := left_out(missing, source=source):
        where, hint = rule, "change that rule, so that the image contains the package"
    return BuildError(
        f"the image cannot import {result['module']}: it has no module {missing!r}\n"
        + result["trace"].strip(),
        where=where,
        hint=hint,
    )


def left_out(module: str, *, source: Path) -> str:
    """The rule that keeps a module of the project out of the image; empty when there is none."""
    rules, parts = rules_of(source), module.split(".")
    for depth in range(len(parts), 0, -1):
        folder = PurePath(*parts[:depth])
        for path in (folder.with_suffix(".py"), folder / "__init__.py", folder):
            if (source / path).exists():
                is_folder = (source / path).is_dir()
                if rule := reason_of(rules, path, is_folder=is_folder):
                    return rule
    return ""
