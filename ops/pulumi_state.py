"""Pulumi's state in a folder, after a kill: what stands beside it, half-written, is taken away.

Pulumi's storage writes the state itself whole (another file that takes its name), but not the
`.attrs` beside it, a media type and a checksum. After a kill that one may be empty, and then the
state is not read: "failed to load checkpoint: EOF". Without one, it is.
"""

import json
from pathlib import Path


def mend(stack: str, *, folder: Path) -> list[Path]:
    """Take such files away, and return them. Ask only while nobody works on the stack."""
    beside = (folder / ".pulumi" / "stacks").glob(f"*/{stack}.json*.attrs")
    broken = [path for path in sorted(beside) if not _is_readable(path)]
    for path in broken:
        path.unlink(missing_ok=True)
    return broken


def _is_readable(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_bytes()), dict)
    except ValueError:
        return False
