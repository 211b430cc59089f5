"""What the Docker engine says of its machine and of a stack's objects. It changes nothing.

Without Pulumi, so that `ops` asks by the same functions as the Pulumi program.
"""

from infra import process
from stacks.capacity import Machine

MIB = 1024 * 1024


def machine() -> Machine | None:
    """The engine's CPUs and memory; None when it does not answer."""
    told = process.output_of(["docker", "info", "--format", "{{json .NCPU}} {{json .MemTotal}}"])
    words = (told or "").split()
    if len(words) != 2 or not all(word.isdigit() for word in words) or words[0] == "0":
        return None
    return Machine(cpus=int(words[0]), memory=int(words[1]) // MIB)


def volumes(prefix: str) -> frozenset[str]:
    """Names of the volumes that begin with `prefix`."""
    told = process.output_of(
        ["docker", "volume", "ls", "--filter", f"name={prefix}", "--format", "{{.Name}}"]
    )
    return frozenset(name for name in (told or "").split() if name.startswith(prefix))
