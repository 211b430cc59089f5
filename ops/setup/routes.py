"""Several routes to one result: try each in order; the error shows why each failed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stacks.errors import SetupError, UpshiftError


@dataclass(frozen=True)
class Route:
    """One way: `take` gets the thing, or raises UpshiftError."""

    name: str
    take: Callable[[], None]


def take_first(what: str, *, routes: Sequence[Route], already: str = "", hint: str = "") -> str:
    """Take the routes in order until one works, and return its name.

    `already` tells of the way that was looked at before: a copy that this machine may have.
    """
    answers: list[str] = [f"  1. {already}"] if already else []
    for route in routes:
        try:
            route.take()
            return route.name
        except (UpshiftError, OSError) as refusal:
            answers.append(f"  {len(answers) + 1}. {route.name}: {_short(refusal)}")
    raise SetupError("\n".join([f"{what} cannot be installed by any route:", *answers]), hint=hint)


def _short(refusal: Exception) -> str:
    """The last lines say why; the first says which program."""
    text = refusal.message if isinstance(refusal, UpshiftError) else str(refusal)
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    chosen = lines if len(lines) <= 3 else [lines[0], *lines[-2:]]
    return " | ".join(line[:300] for line in chosen) or type(refusal).__name__
