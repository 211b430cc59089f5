"""docs/requirements.md: what it names is there, and every line says how to see it."""

import ast
import re

import pytest

from stacks.topology import PROJECT

NAMED = re.compile(r"`([^`]+)`")
PLACES = ("app/", "docs/", "docker/", "infra/", "playbooks/", "stacks/", "tests/", "ops/")


def rows() -> list[list[str]]:
    """The cells of each line of each table."""
    text = (PROJECT / "docs" / "requirements.md").read_text()
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] != "asked for"]


ROWS = rows()
NAMES = sorted({name for row in ROWS for cell in row for name in NAMED.findall(cell)})
FILES = [name for name in NAMES if name.startswith(PLACES)]


def test_there_is_something_to_look_at() -> None:
    assert len(ROWS) > 40 and len(FILES) > 60


@pytest.mark.parametrize("name", FILES)
def test_what_is_named_exists(name: str) -> None:
    path, _, test = name.partition("::")
    assert (PROJECT / path).exists(), path
    if test:
        tree = ast.parse((PROJECT / path).read_text())
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert test.startswith("test_") and test in functions, name


@pytest.mark.parametrize("row", ROWS, ids=[row[0][:50] for row in ROWS])
def test_a_line_says_how_to_see_it_or_that_it_comes_later(row: list[str]) -> None:
    asked, where, seen = row
    assert asked and where
    assert seen.startswith("later") or NAMED.search(seen)
    assert where != "-" or seen.startswith("later"), "what is nowhere cannot be seen"
