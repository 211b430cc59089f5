"""A part of the bench: its figures, how the machine was meanwhile, and what must be known of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench.figures import Figure, table
from tests.bench.machine import Watch

Say = Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """What one part measured. `facts` are texts beside the figures, such as memory."""

    name: str
    figures: Sequence[Figure]
    watch: Watch
    notes: Sequence[str] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For the file."""
        return {
            "machine": self.watch.as_json(),
            "notes": list(self.notes),
            "figures": {figure.name: figure.as_json() for figure in self.figures},
            "facts": dict(self.facts),
        }

    def as_text(self) -> str:
        """For the screen."""
        head = f"{self.name}: {self.watch.seconds:.0f} s, load {self.watch.load_before:.1f} before"
        head += f", steal {self.watch.steal:.1f} %" + (", NOISY" if self.watch.noisy else "")
        facts = [f"{name}: {told}" for name, told in self.facts.items()]
        return "\n".join([table(head, self.figures), *facts, *self.notes])
