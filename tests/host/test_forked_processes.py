"""No two processes share a connection to the database: their answers would be mixed."""

import json

import pytest

from tests.host.environment import Environment

# For each connection to the database's port, the processes that hold it; run inside a container.
HOLDERS = """
import collections, glob, json, os
port = int(os.environ["DATABASE_PORT"])
lines = [line.split() for name in ("tcp", "tcp6") for line in open(f"/proc/net/{name}")]
inodes = {f"socket:[{line[9]}]" for line in lines if line[2].endswith(f":{port:04X}")}
holders = collections.defaultdict(list)
processes = [path for path in glob.glob("/proc/[0-9]*") if path != f"/proc/{os.getpid()}"]
for process in processes:
    for file in glob.glob(f"{process}/fd/*"):
        try:
            target = os.readlink(file)
        except OSError:
            continue
        if target in inodes:
            holders[target].append(process)
print(json.dumps({"processes": len(processes), "holders": holders}))
"""


@pytest.mark.parametrize("component", ["service", "worker"])
def test_processes_share_no_connection_to_the_database(
    environment: Environment, component: str
) -> None:
    answer = environment.ask(component, f"python3 -c '{HOLDERS}'")
    assert answer.code == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert told["processes"] >= 2, "the one that forks, and one that was forked"
    shared = {inode: held for inode, held in told["holders"].items() if len(held) > 1}
    assert not shared, f"{component}: connections held by several processes: {shared}"
