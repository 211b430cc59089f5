"""Output for the user: tables and progress on a terminal, plain lines when piped.

Passwords in URLs are redacted, wherever the text comes from.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stacks.redaction import redacted

screen = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Print a line."""
    screen.print(escape(redacted(text)))


def warn(text: str) -> None:
    """Print a warning on stderr; an empty text prints nothing."""
    if text:
        errors.print(f"warning: {redacted(text)}", style="yellow", markup=False)


def error(text: str) -> None:
    """Print an error on stderr."""
    errors.print(f"error: {redacted(text)}", style="red", markup=False)


def table(title: str, *, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; tab-separated when piped."""
    rows = [[redacted(cell) for cell in row] for row in rows]
    if not screen.is_terminal:
        for row in (head, *rows):
            print("\t".join(row))
        return
    drawn = Table(*head, title=title, title_justify="left", header_style="bold")
    for row in rows:
        drawn.add_row(*map(escape, row))
    screen.print(drawn)


@contextmanager
def progress(title: str) -> Iterator[Callable[[str], None]]:
    """Show a long step: its last line and a clock on a terminal, every line when piped."""
    started = time.monotonic()
    say(f"==> {title}")
    if not screen.is_terminal:
        yield say
    else:
        with screen.status(escape(title)) as status:

            def report(line: str) -> None:
                elapsed = time.monotonic() - started
                shown = escape(redacted(line.strip())[:90])
                status.update(f"{escape(title)}  {elapsed:.0f} s  {shown}")

            yield report
    say(f"    done in {time.monotonic() - started:.1f} s")
