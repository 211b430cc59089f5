"""The result of `redis-check-aof`, and the scripts that repair an append-only file."""

import re
from dataclasses import dataclass

FOLDER = "/data/appendonlydir"
MANIFEST = f"{FOLDER}/appendonly.aof.manifest"
CHECK = f"redis-check-aof {MANIFEST} 2>&1"
FIX = f"echo y | redis-check-aof --fix {MANIFEST}"
# Exactly one base and one increment: else the older file may be part of the base already.
HAS_ONE_PAIR = f"""
set -eu; cd {FOLDER}
set -- appendonly.aof.*.base.rdb appendonly.aof.*.incr.aof
if [ $# -ne 2 ] || ! [ -f "$1" ] || ! [ -f "$2" ]; then exit 3; fi
"""
WRITE_MANIFEST = f"""{HAS_ONE_PAIR}
number() {{ echo "$1" | cut -d. -f3; }}
printf 'file %s seq %s type b\\nfile %s seq %s type i\\n' \\
    "$1" "$(number "$1")" "$2" "$(number "$2")" > {MANIFEST}
"""
_VALID = "All AOF files and manifest are valid"
_TRUNCATE = re.compile(
    r"AOF analyzed: filename=(\S+), size=(\d+), ok_up_to=(\d+), .*diff=([1-9]\d*)"
)


@dataclass(frozen=True)
class AofCheck:
    """What `redis-check-aof` found. `file` is the one that it can truncate, by `excess` bytes."""

    is_valid: bool
    is_manifest_readable: bool
    file: str = ""
    size: int = 0
    excess: int = 0


def parse(output: str) -> AofCheck:
    """The result, from the tool's output."""
    readable = "Multi Part AOF" in output
    found = _TRUNCATE.search(output)
    if _VALID in output:
        return AofCheck(is_valid=True, is_manifest_readable=True)
    if readable and found:
        return AofCheck(False, True, found[1], int(found[2]), int(found[4]))
    return AofCheck(is_valid=False, is_manifest_readable=readable)
