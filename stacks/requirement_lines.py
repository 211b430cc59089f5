"""The lines of a requirements file, as pip and uv read them.

Source: https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

_COMMENT = re.compile(r"(^|\s)#.*$")
_OPTION = re.compile(r"(?P<name>-r|-c|-e|--requirement|--constraint|--editable)(=|\s+|(?=[^-=\s]))")
_KINDS = {"-r": "include", "--requirement": "include", "-e": "editable", "--editable": "editable"}
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_URL = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_NAMED = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*(\[[^]]*\])?\s*@\s*(?P<url>\S+)")


@dataclass(frozen=True)
class Line:
    """One logical line: its text, and what it points to, if it points to something.

    `kind` is `include` (-r), `constraint` (-c), `editable` (-e), `option` or `requirement`.
    """

    text: str
    kind: str
    target: str = ""

    @property
    def is_hashed(self) -> bool:
        """Whether pip can check what it gets."""
        return "--hash=" in self.text or "--hash " in self.text

    @property
    def is_remote(self) -> bool:
        """Whether the target is on another machine."""
        return bool(_URL.match(self.target)) and not self.target.lower().startswith("file:")

    def path(self, folder: Path) -> Path | None:
        """The local file or folder that it points to, from `folder`; None when there is none."""
        if not self.target or self.is_remote:
            return None
        place = self.target.split(";")[0].strip().split("[")[0]
        if place.lower().startswith("file:"):
            place = unquote(urlsplit(place).path)
        return Path(os.path.normpath(folder / place))


def lines_of(text: str) -> Iterator[Line]:
    """The logical lines: comments gone, continued lines joined, variables replaced."""
    for raw in re.sub(r"\\\r?\n", " ", text).splitlines():
        stripped = _VARIABLE.sub(_value, _COMMENT.sub("", raw)).strip()
        if stripped:
            yield _line(stripped)


def _value(match: re.Match[str]) -> str:
    return os.environ.get(match[1], match[0])


def _line(text: str) -> Line:
    if option := _OPTION.match(text):
        target = text[option.end() :].strip().strip("\"'")
        return Line(text, _KINDS.get(option["name"], "constraint"), target)
    if text.startswith("-"):
        return Line(text, "option")
    first = text.split()[0]
    if named := _NAMED.match(text):
        return Line(text, "requirement", named["url"])
    is_path = first.startswith(("./", "../", "/", "file:")) or first in (".", "..")
    return Line(text, "requirement", first if is_path or _URL.match(first) else "")
