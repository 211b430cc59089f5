"""What `ops` asks of the place where an environment's components run.

Docker is the first implementation. The verbs know this interface only, so that hosts over SSH and
a Kubernetes cluster can stand behind it too.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ops.engine.state import State
from ops.run import Completed


@dataclass(frozen=True)
class ComponentStatus:
    """One component as it is now; `-` stands for what is not known.

    `version` is the project's or the image's, with the release; `since` is in UTC.
    """

    component: str
    state: str
    health: str
    version: str
    since: str
    memory: str


@dataclass(frozen=True)
class Drift:
    """A difference between Pulumi's state and what exists; `replace` is the URN to replace."""

    text: str
    replace: str = ""


class OfflineData(Protocol):
    """The data of a component that is stopped, and the tools of its own image."""

    @property
    def name(self) -> str:
        """What runs the component, as the user would look for it."""

    @property
    def location(self) -> str:
        """Where the data is, for a message."""

    @property
    def can_start(self) -> bool:
        """Whether the component starts again afterwards; else only its data exists."""

    def run(self, script: str) -> Completed:
        """Run a shell script with the data at its usual path; a failure does not raise."""


class Runtime(Protocol):
    """Where the components of one environment run.

    A method that names a component raises PreflightError when that component does not exist.
    """

    def check_available(self) -> str:
        """What answers, in a line. Raises PreflightError when nothing does."""

    def status(self, *, memory: Mapping[str, str] | None = None) -> list[ComponentStatus]:
        """Every component, missing ones too; `memory` when `measure_memory` was called already."""

    def measure_memory(self) -> Mapping[str, str]:
        """Component -> memory in use, for those that run."""

    def warnings(self) -> list[str]:
        """What an operator should know about an environment that runs."""

    def is_healthy(self, component: str) -> bool:
        """Whether the component runs and its health check passes; False when it does not exist."""

    def wait_until_healthy(self, component: str, *, seconds: float) -> None:
        """Wait for a component that starts. Raises CheckError, with the end of its log."""

    def logs(self, component: str, *, follow: bool, tail: str) -> int:
        """Show the log on this terminal; `tail` is a number of lines or `all`. The exit code."""

    def exec(self, component: str, command: Sequence[str]) -> int:
        """Run a command in the component, on this terminal; returns its exit code."""

    def output_of(self, component: str, command: Sequence[str]) -> str | None:
        """A command's output in the component; None when it is not running or the command fails."""

    def copy_from(self, component: str, *, source: str, target: Path) -> None:
        """Copy a file out of the component."""

    def copy_to(self, component: str, *, source: Path, target: str) -> None:
        """Copy a file into the component."""

    def restart(self, component: str) -> None:
        """Stop the component in order, and start it again."""

    def offline(self, component: str) -> AbstractContextManager[OfflineData]:
        """Stop the component, give access to its data, and start it again."""

    def failure_evidence(self) -> str:
        """The last log lines of every component that is not healthy."""

    def failure_hint(self, evidence: str) -> str:
        """The next step for a cause that the evidence shows; empty when the cause is unknown."""

    def drift(self, state: State) -> list[Drift]:
        """Every difference between Pulumi's state and what exists; changes nothing."""

    def unrecorded_data(self, state: State) -> str:
        """The name of data that exists and that Pulumi's state does not know; else empty."""

    def remove_leftovers(self, state: State) -> None:
        """Remove what an interrupted run created and did not record; never data.

        Raises PreflightError where something of another owner has a name that is needed.
        """
