"""Decision 0039 lists every cache that the service declares, and no other."""

import re

from stacks.topology import PROJECT

DECLARED = re.compile(r'Cached\(\s*name="(\w+)"')
ROW = re.compile(r"^\| `(\w+)`: ", re.MULTILINE)


def test_every_declared_cache_is_in_the_table() -> None:
    sources = (PROJECT / "app").rglob("*.py")
    declared = [name for source in sources for name in DECLARED.findall(source.read_text())]
    told = ROW.findall((PROJECT / "docs/decisions/0039-versioned-cache-keys.md").read_text())
    assert "tasks" in declared and len(set(declared)) == len(declared)
    assert sorted(told) == sorted(declared)
