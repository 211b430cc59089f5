"""Read the Docker engine's size and volumes.

Without Pulumi, so that `ops` and the Pulumi program use the same functions.
"""

from infra import process
from stacks.capacity import Machine

MIB = 1024 * 1024


def machine() -> Machine | None:
    """The engine's CPUs and memory; None when it does not answer."""
    output = process.output_of(["docker", "info", "--format", "{{json .NCPU}} {{json .MemTotal}}"])
    numbers = (output or "").split()
    if len(numbers) != 2 or not all(word.isdigit() for word in numbers) or numbers[0] == "0":
        return None
    return Machine(cpus=int(numbers[0]), memory=int(numbers[1]) // MIB)


def volumes(prefix: str) -> frozenset[str]:
    """Names of the volumes that begin with `prefix`."""
    output = process.output_of(
        ["docker", "volume", "ls", "--filter", f"name={prefix}", "--format", "{{.Name}}"]
    )
    return frozenset(name for name in (output or "").split() if name.startswith(prefix))
