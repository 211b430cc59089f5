"""The result of `redis-check-aof`, from what Redis 8 prints."""

import pytest

from ops.repair.aof_check import AofCheck, parse

HEAD = "Start checking Multi Part AOF\n"
CUT = (
    "AOF analyzed: filename=appendonly.aof.1.incr.aof, size=4200, ok_up_to=104, ok_up_to_line=20,"
    " diff=4096\n"
)


@pytest.mark.parametrize(
    ("output", "found"),
    [
        (f"{HEAD}All AOF files and manifest are valid", AofCheck(True, True)),
        (f"{HEAD}{CUT}", AofCheck(False, True, "appendonly.aof.1.incr.aof", 4200, 4096)),
        (f"{HEAD}{CUT}".replace("=4096", "=0"), AofCheck(False, True)),
        (f"Start checking Old-Style AOF\n{CUT}", AofCheck(False, False)),
        ("", AofCheck(False, False)),
    ],
)
def test_only_a_truncated_file_of_a_readable_manifest_can_be_cut(
    output: str, found: AofCheck
) -> None:
    assert parse(output) == found
