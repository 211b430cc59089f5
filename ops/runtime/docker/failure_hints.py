"""The next step after a failure, from the last log lines of a container that does not run.

Each pattern is a message of the server's own source; the source file is named above it.
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


def next_step(log: str, *, topology: Topology) -> str:
    """The command, or the section of the guide, for this log; empty when the cause is unknown."""
    stack, data = topology.stack, f"{topology.prefix}-postgres-data"
    guide = "docs/operators-guide.md, 'Broken data'"
    if FULL_DISK.search(log):
        return (
            "the engine's disk is full: free some space (docker image prune), then run the same"
            " command again"
        )
    if BROKEN_AOF.search(log):
        return (
            f"the queue's append-only file is corrupt, and a retry does not help:"
            f" ops repair {stack} redis-queue keeps a copy and repairs it"
        )
    if BROKEN_DATABASE.search(log):
        return (
            f"the database's files are corrupt, and a retry does not help: copy the volume {data}"
            f" first, then restore it from your backup; pg_resetwal is the last resort, and loses"
            f" commits ({guide})"
        )
    if OTHER_VERSION.search(log):
        return (
            f"the volume {data} belongs to another PostgreSQL version: migrate it by dump and"
            f" restore ({guide})"
        )
    return ""
