"""What Pulumi writes, for a person: the lines worth showing, and its errors in our words."""

import re
import signal
from collections.abc import Sequence

from stacks.errors import DeployError, LockedError, PreflightError, UpshiftError

# Lines that say nothing to a person: where a plugin was found, and the engine's dots.
NOISE = ("warning: using pulumi-resource-", "@ updating", "@ destroying", "@ previewing")
# The provider's own place in its source, before what it has to say, and its name after it.
PLACE = re.compile(r"\s*sdk-v2/\S+: sdk\.helper_schema: |: provider=\w+@[\d.]+$")
CANCELLED = ("update canceled", "Traceback (most recent call last)")
ROOT = "pulumi:pulumi:Stack"


class Screen:
    """Which lines are shown. The outputs are not: their long values are for `pulumi stack output`.

    Nor is what the program says when it is cancelled: where in asyncio it was just then. A head
    of the diagnostics waits for something below it.
    """

    def __init__(self) -> None:
        self._in_outputs = False
        self._in_diagnostics = False
        self._cancelled = False
        self._heads: list[str] = []

    def shown(self, line: str) -> list[str]:
        """The lines to show now, this one or none, after the heads that waited for it."""
        if not self._shows(line):
            return []
        if self._in_diagnostics and not line.startswith("    "):
            # A head of the same depth has nothing below the one before it.
            depth = len(line) - len(line.lstrip())
            kept = [head for head in self._heads if len(head) - len(head.lstrip()) < depth]
            self._heads = [*kept, line]
            return []
        waited, self._heads = self._heads if self._in_diagnostics else [], []
        return [*waited, line]

    def _shows(self, line: str) -> bool:
        if not line.strip() or any(noise in line for noise in NOISE):
            return False
        if not line.startswith(" "):
            self._in_outputs = line.startswith("Outputs:")
            self._in_diagnostics = line.startswith("Diagnostics:")
        self._cancelled |= any(word in line for word in CANCELLED)
        hidden = self._cancelled and (self._in_diagnostics or ROOT in line)
        return not (self._in_outputs or hidden)


def error(text: str, *, stack: str, place: str) -> UpshiftError:
    """What stopped Pulumi, from all that it wrote; `place` is where the state is."""
    if "incorrect passphrase" in text:
        return PreflightError(
            f"the passphrase does not open the secrets of the stack '{stack}'",
            where=place,
            hint="set PULUMI_CONFIG_PASSPHRASE, or put back the file .upshift/passphrase",
        )
    if "corrupt store" in text:
        return PreflightError(
            "the backend's own file .pulumi/meta.yaml is broken; nothing was changed",
            where=place,
            hint="its only line is 'version: 1': write that, and run the same again",
        )
    if "currently locked" in text:
        holder = next((line for line in text.splitlines() if "created by" in line), "")
        return LockedError(
            f"Pulumi's state of '{stack}' is locked: {holder.partition(': ')[2] or 'another run'}",
            where=place,
            hint=f"wait until it ends; when it has been killed: pulumi cancel --stack {stack}",
        )
    return DeployError(
        cause(text), where=f"stack {stack}", hint="mend it, and run the same again: it goes on"
    )


def is_unchanged(lines: Sequence[str]) -> bool:
    """Whether an act changed nothing: below "Resources:" its last lines count only "unchanged"."""
    heads = [number for number, line in enumerate(lines) if line.startswith("Resources:")]
    if not heads:
        return False
    counted = [line for line in lines[heads[-1] + 1 :] if line.startswith("    ")]
    return bool(counted) and all(line.split()[1:] == ["unchanged"] for line in counted)


def killed(code: int, *, stack: str) -> DeployError:
    """Pulumi ended by a signal that we did not send; `code` is its negative number."""
    return DeployError(
        f"Pulumi was ended by {signal.Signals(-code).name}, and not by us",
        where=f"stack {stack}",
        hint="run the same again: it goes on from here",
    )


def cause(text: str) -> str:
    """Why Pulumi stopped: first in a line, then all that it said from its first error on."""
    told = text.partition("Diagnostics:")[2] or text
    told = told.partition("\nOutputs:")[0].partition("\nResources:")[0]
    noise = ("Traceback (", "error: update failed", "program exited with non-zero exit code")
    lines = [PLACE.sub("", line) for line in told.splitlines() if line.strip()]
    kept = [line for line in lines if not any(word in line for word in noise)]
    from_error = next((n for n, line in enumerate(kept) if "error:" in line), 0)
    kept = kept[from_error:] or ["it said nothing"]
    first = kept[0].partition("error:")[2].strip() or kept[0].strip()
    if "unhandled exception" in first:
        first = kept[-1].strip()
    return "\n".join([f"Pulumi stopped: {first}", *kept[1:][-40:]])
