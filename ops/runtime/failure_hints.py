"""What to do next, from the last words of a container that does not run.

Each pattern is a line of the server's own source; where it stands is said beside it.
"""

import re

from stacks.topology import Topology

# Redis 8: aof.c (loadSingleAppendOnlyFile, aofLoadManifestFromFile, getAppendOnlyFileSize), rdb.c
BROKEN_AOF = re.compile(
    "Bad file format reading the append only file"
    "|Unexpected end of file reading the append only file"
    "|FATAL AOF MANIFEST FILE ERROR|Invalid AOF manifest file format"
    "|Unable to obtain the AOF file|Internal error in RDB reading"
)
# PostgreSQL 17: xlogrecovery.c, controldata_utils.c, bufmgr.c, slru.c, relmapper.c
BROKEN_DATABASE = re.compile(
    "could not locate a valid checkpoint record|could not locate required checkpoint record"
    "|invalid checkpoint record|incorrect checksum in control file"
    "|calculated CRC checksum does not match value stored in|invalid page in block"
    '|PANIC: .*could not (?:read|open|fsync|access)|relation mapping file ".*" contains'
)
# postinit.c, miscinit.c
OTHER_VERSION = re.compile("database files are incompatible with server")
FULL_DISK = re.compile("No space left on device")


def next_step(words: str, *, topology: Topology) -> str:
    """The command or the passage of the guide for these words; empty when they are not known."""
    stack, data = topology.stack, f"{topology.prefix}-postgres-data"
    guide = "docs/operators-guide.md, 'Broken data'"
    if FULL_DISK.search(words):
        return "the engine's disk is full: free some (docker image prune), then run the same again"
    if BROKEN_AOF.search(words):
        return (
            f"the queue's file is broken, which running it again does not mend: "
            f"ops repair redis-queue {stack} keeps a copy and mends it"
        )
    if BROKEN_DATABASE.search(words):
        return (
            f"the database's files are broken, which running it again does not mend: copy the "
            f"volume {data} first, then restore it from your backup; pg_resetwal is the last way, "
            f"and loses commits ({guide})"
        )
    if OTHER_VERSION.search(words):
        return f"the volume {data} is of another version of PostgreSQL: move it by dump ({guide})"
    return ""
