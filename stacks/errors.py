"""The tree of Upshift's errors.

UpshiftError                what happened, where, and what to do next
├── TopologyError           the description of an environment is wrong (exit code 2)
├── PreflightError          the machine is not ready for the command (3)
├── BuildError              a release or an image could not be built (4)
├── DeployError             Pulumi failed before the end (5)
├── CheckError              the environment runs, but not as described (6)
├── LockedError             another run works on this stack (7)
├── SetupError              a tool is missing and cannot be installed (8)
└── CommandError            a program that we started failed (9)
"""

from stacks.redaction import redacted


class UpshiftError(Exception):
    """An error: `message` says what happened, `where` the place, `hint` what to do next.

    Passwords in URLs are redacted in its text.
    """

    exit_code = 1

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        lines = [self.message]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.hint:
            lines.append(f"  next:  {self.hint}")
        return redacted("\n".join(lines))


class TopologyError(UpshiftError):
    """The description of an environment is wrong."""

    exit_code = 2


class PreflightError(UpshiftError):
    """The machine is not ready for the command; nothing was changed."""

    exit_code = 3


class BuildError(UpshiftError):
    """A release or an image could not be built; the previous one is unchanged."""

    exit_code = 4


class DeployError(UpshiftError):
    """Pulumi failed before the end; running it again continues."""

    exit_code = 5


class CheckError(UpshiftError):
    """The environment runs, but not as its topology says."""

    exit_code = 6


class LockedError(UpshiftError):
    """Another run works on this stack."""

    exit_code = 7


class SetupError(UpshiftError):
    """A tool is missing and cannot be installed."""

    exit_code = 8


class CommandError(UpshiftError):
    """A program that we started failed."""

    exit_code = 9
