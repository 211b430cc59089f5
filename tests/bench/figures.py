"""Figures: what was measured at each independent start, their median, and a table of them."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HEAD = ("", "median", "min", "max", "unit", "goal", "")


@dataclass(frozen=True)
class Goal:
    """What a median is to reach: at least, or at most, a number."""

    number: float
    at_least: bool = True

    def reached_by(self, median: float) -> bool:
        """Whether it is good enough."""
        return median >= self.number if self.at_least else median <= self.number

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.number:g}"


@dataclass(frozen=True)
class Figure:
    """One row: a value for each start. `noisy` when the machine was busy with other work."""

    name: str
    unit: str
    values: tuple[float, ...]
    goal: Goal | None = None
    noisy: bool = False

    @property
    def median(self) -> float:
        """The middle one, or the mean of the two in the middle."""
        return statistics.median(self.values)

    def as_json(self) -> dict[str, Any]:
        """For the file: every value is kept."""
        told: dict[str, Any] = {
            "unit": self.unit,
            "median": round(self.median, 4),
            "min": round(min(self.values), 4),
            "max": round(max(self.values), 4),
            "values": [round(value, 4) for value in self.values],
            "noisy": self.noisy,
        }
        if self.goal:
            told |= {"goal": str(self.goal), "reached": self.goal.reached_by(self.median)}
        return told


def collect(
    runs: Sequence[Mapping[str, float]],
    *,
    unit: str | Callable[[str], str],
    goals: Mapping[str, Goal] | None = None,
    noisy: bool = False,
) -> list[Figure]:
    """The figures of several starts, each of which gave the same names.

    `unit` is one for all, or a function of the name.
    """
    return [
        Figure(
            name=name,
            unit=unit if isinstance(unit, str) else unit(name),
            values=tuple(run[name] for run in runs),
            goal=(goals or {}).get(name),
            noisy=noisy,
        )
        for name in (runs[0] if runs else {})
    ]


def ratio(over: Figure, under: Figure, *, name: str, goal: Goal | None = None) -> Figure:
    """Two figures of the same starts, divided start by start: what troubled one troubled both."""
    pairs = zip(over.values, under.values, strict=True)
    values = tuple(above / below for above, below in pairs)
    return Figure(name, "x", values, goal=goal, noisy=over.noisy or under.noisy)


def table(title: str, figures: Sequence[Figure]) -> str:
    """The figures for a screen, a line each."""
    rows = [HEAD, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [title]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [row[column].rjust(widths[column]) for column in (1, 2, 3)]
        cells += [row[column].ljust(widths[column]) for column in (4, 5, 6)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _row(figure: Figure) -> tuple[str, ...]:
    numbers = (figure.median, min(figure.values), max(figure.values))
    goal, word = "", "noisy" if figure.noisy else ""
    if figure.goal:
        goal = str(figure.goal)
        verdict = "reached" if figure.goal.reached_by(figure.median) else "MISSED"
        word = f"{verdict} (noisy)" if figure.noisy else verdict
    return (figure.name, *(_number(value) for value in numbers), figure.unit, goal, word)


def _number(value: float) -> str:
    """Three digits or so: more would be a lie."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
