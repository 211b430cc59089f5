"""Docker's rules for .dockerignore, as its own client applies them (moby's `patternmatcher`).

Patterns are relative to the folder, also without a leading slash; `**` stands for any number of
folders, `!` includes again, and the last line that matches a path, or a folder above it, decides.
Source: https://docs.docker.com/build/concepts/context/#dockerignore-files. Decision 0026 says why
this is not a library's.
"""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True, eq=False)
class Line:
    """One pattern: its text, whether it includes again (`!`), and what it matches."""

    text: str
    is_include: bool
    expression: re.Pattern[str]


def parsed(text: str) -> tuple[Line, ...]:
    """The patterns of a .dockerignore, in order. A comment has `#` in the first column."""
    lines = (line for line in text.removeprefix("\ufeff").splitlines() if line[:1] != "#")
    return tuple(found for line in lines if (found := _line(line.strip())))


def last_match(lines: Sequence[Line], path: PurePath) -> Line | None:
    """The line that decides about a path (relative to the folder); None when none matches.

    As moby's `MatchesUsingParentResults`: a line that matches a folder matches everything below it,
    and a line is evaluated only where it would change the result.
    """
    above: set[Line] = set()
    last: Line | None = None
    for depth in range(1, len(path.parts) + 1):
        name, matched, last = "/".join(path.parts[:depth]), set[Line](), None
        for line in lines:
            is_excluded = last is not None and not last.is_include
            matters = line.is_include == is_excluded
            if line in above or (matters and line.expression.fullmatch(name)):
                matched.add(line)
                last = line
        above = matched
    return last


def _line(text: str) -> Line | None:
    is_include = text.startswith("!")
    pattern = text.removeprefix("!").strip()
    if not pattern:
        return None
    # As Go's filepath.Clean: no trailing slash, no `.`, no `..` that leads out.
    cleaned = posixpath.normpath(pattern).lstrip("/")
    return Line(text, is_include, re.compile(_expression(cleaned), re.DOTALL))


def _expression(pattern: str) -> str:
    """The regular expression that the client makes of a pattern."""
    made, rest = "", pattern
    while rest:
        if rest.startswith("**"):
            rest = rest[2:].removeprefix("/")
            made += "(.*/)?" if rest else ".*"
        elif rest[0] == "[" and "]" in rest[2:]:
            end = rest.index("]", 2)
            made += "[" + rest[1:end].replace("[", r"\[") + "]"
            rest = rest[end + 1 :]
        elif rest[0] == "\\" and len(rest) > 1:
            made, rest = made + re.escape(rest[1]), rest[2:]
        else:
            made += {"*": "[^/]*", "?": "[^/]"}.get(rest[0], re.escape(rest[0]))
            rest = rest[1:]
    return made
