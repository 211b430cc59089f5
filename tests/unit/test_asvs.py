"""docs/asvs.md: every item has its row, and every test that it names is there."""

import ast
from functools import cache

import pytest

from stacks.topology import PROJECT


def numbered(section: str, *, first: int, last: int) -> set[str]:
    return {f"{section}.{number}" for number in range(first, last + 1)}


# The items of levels 1 and 2 of OWASP ASVS 5.0, by section.
LEVEL_1 = {
    *("3.2.1", "3.2.2", "3.3.1", "3.4.1", "3.4.2", "6.1.1", "6.3.1", "6.3.2", "6.4.1", "6.4.2"),
    *("7.4.1", "7.4.2", "9.2.1"),
    *numbered("3.5", first=1, last=3),
    *numbered("6.2", first=1, last=8),
    *numbered("7.2", first=1, last=4),
    *numbered("9.1", first=1, last=3),
    *numbered("10.4", first=1, last=5),
}
LEVEL_2 = {
    *("3.5.4", "3.5.5", "3.7.1", "3.7.2", "6.1.2", "6.1.3", "6.3.3", "6.3.4", "6.4.3", "6.4.4"),
    *("7.3.1", "7.3.2", "7.5.1", "7.5.2", "7.6.1", "7.6.2"),
    *numbered("3.3", first=2, last=4),
    *numbered("3.4", first=3, last=6),
    *numbered("6.2", first=9, last=12),
    *numbered("6.5", first=1, last=5),
    *numbered("6.6", first=1, last=3),
    *numbered("6.8", first=1, last=4),
    *numbered("7.1", first=1, last=3),
    *numbered("7.4", first=3, last=5),
    *numbered("9.2", first=2, last=4),
    *numbered("10.4", first=6, last=11),
}
WITHOUT = ("*not applicable*", "*not met*")


def rows() -> dict[str, list[str]]:
    """Item -> its other cells."""
    found: dict[str, list[str]] = {}
    for line in (PROJECT / "docs" / "asvs.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0][:1].isdigit():
            assert cells[0] not in found, f"{cells[0]} has two rows"
            found[cells[0]] = cells[1:]
    return found


ROWS = rows()


@cache
def functions(path: str) -> set[str]:
    """The names of a file's functions."""
    tree = ast.parse((PROJECT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_item_has_its_row_and_its_level() -> None:
    assert {item for item, cells in ROWS.items() if cells[0] == "1"} == LEVEL_1
    assert {item for item, cells in ROWS.items() if cells[0] == "2"} == LEVEL_2
    assert len(ROWS) == len(LEVEL_1) + len(LEVEL_2) > 80


@pytest.mark.parametrize("item", sorted(ROWS))
def test_a_row_names_a_test_that_is_there_or_says_that_there_is_none(item: str) -> None:
    _, asked, met, shown = ROWS[item]
    assert asked.endswith(".") and met.endswith(".")
    if shown in WITHOUT:
        return
    for named in shown.split("<br>"):
        path, _, name = named.strip("`").partition("::")
        assert name.startswith("test_") and name in functions(path), named


def test_most_items_are_shown_by_a_test() -> None:
    shown = [item for item, cells in ROWS.items() if cells[3] not in WITHOUT]
    assert len(shown) > 55
