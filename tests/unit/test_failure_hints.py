"""What a container's last words lead to. Each line is as the server wrote it when it was broken."""

import pytest

from ops.runtime.docker import failure_hints
from stacks.loading import load_topology

DEV = load_topology("dev")


@pytest.mark.parametrize(
    "words",
    [
        "# Bad file format reading the append only file appendonly.aof.1.incr.aof: make a backup",
        "# Unexpected end of file reading the append only file appendonly.aof.1.incr.aof. You can",
        "*** FATAL AOF MANIFEST FILE ERROR ***\nFound an empty AOF manifest",
        "# Invalid AOF manifest file format",
        "# Unable to obtain the AOF file appendonly.aof.1.incr.aof length. stat: No such file",
        "# Internal error in RDB reading offset 0, function at rdb.c:3732 -> Unexpected EOF",
    ],
)
def test_a_corrupt_queue_file_leads_to_ops_repair(words: str) -> None:
    assert "ops repair dev redis-queue keeps a copy" in failure_hints.next_step(words, topology=DEV)


@pytest.mark.parametrize(
    "words",
    [
        "PANIC:  could not locate a valid checkpoint record at 0/1516B98",
        'FATAL:  incorrect checksum in control file "global/pg_control"',
        "ERROR:  invalid page in block 0 of relation base/16384/1259",
        'PANIC:  could not open file "pg_wal/000000010000000000000001": Permission denied',
    ],
)
def test_a_broken_database_leads_to_a_copy_first(words: str) -> None:
    told = failure_hints.next_step(words, topology=DEV)
    assert "copy the volume upshift-dev-postgres-data first" in told and "pg_resetwal" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("PANIC:  could not write to file: No space left on device", "disk is full"),
        ("FATAL:  database files are incompatible with server", "another PostgreSQL version"),
        ("Ready to accept connections", ""),
    ],
)
def test_other_words(words: str, told: str) -> None:
    step = failure_hints.next_step(words, topology=DEV)
    assert told in step and bool(told) == bool(step)
