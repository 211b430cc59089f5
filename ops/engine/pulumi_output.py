"""Pulumi's output: which lines are shown, and its errors as UpshiftError."""

import re
import signal
from collections.abc import Sequence

from stacks.errors import DeployError, LockedError, PreflightError, UpshiftError

# Lines without information for a user: where a plugin was found, and progress dots.
NOISE = ("warning: using pulumi-resource-", "@ updating", "@ destroying", "@ previewing")
# The place in the provider's source, before its message, and its name after it.
PROVIDER_NOISE = re.compile(r"\s*sdk-v2/\S+: sdk\.helper_schema: |: provider=\w+@[\d.]+$")
CANCELLED = ("update canceled", "Traceback (most recent call last)")
ROOT = "pulumi:pulumi:Stack"


class Screen:
    """Decides which lines are shown.

    Stack outputs are not: their long values are for `pulumi stack output`. Nor is the traceback of
    a program that was cancelled. A heading in the diagnostics is shown when a line follows it.
    """

    def __init__(self) -> None:
        self._in_outputs = False
        self._in_diagnostics = False
        self._cancelled = False
        self._headings: list[str] = []

    def filter(self, line: str) -> list[str]:
        """The lines to show now: this one or none, after the headings above it."""
        if not self._is_shown(line):
            return []
        if self._in_diagnostics and not line.startswith("    "):
            # A heading of the same depth: the one before it has no lines.
            depth = len(line) - len(line.lstrip())
            above = [each for each in self._headings if len(each) - len(each.lstrip()) < depth]
            self._headings = [*above, line]
            return []
        headings, self._headings = self._headings if self._in_diagnostics else [], []
        return [*headings, line]

    def _is_shown(self, line: str) -> bool:
        if not line.strip() or any(noise in line for noise in NOISE):
            return False
        if not line.startswith(" "):
            self._in_outputs = line.startswith("Outputs:")
            self._in_diagnostics = line.startswith("Diagnostics:")
        self._cancelled |= any(word in line for word in CANCELLED)
        hidden = self._cancelled and (self._in_diagnostics or ROOT in line)
        return not (self._in_outputs or hidden)


def error(text: str, *, stack: str, backend: str) -> UpshiftError:
    """The error for a Pulumi run that failed, from all its output; `backend` is the state's URL."""
    if "incorrect passphrase" in text:
        return PreflightError(
            f"the passphrase does not decrypt the secrets of the stack '{stack}'",
            where=backend,
            hint="set PULUMI_CONFIG_PASSPHRASE, or restore the file .upshift/passphrase",
        )
    if "corrupt store" in text:
        return PreflightError(
            "the backend's file .pulumi/meta.yaml is corrupt; nothing was changed",
            where=backend,
            hint="write its only line, 'version: 1', and run the same command again",
        )
    if "currently locked" in text:
        holder = next((line for line in text.splitlines() if "created by" in line), "")
        return LockedError(
            f"Pulumi's state of '{stack}' is locked: {holder.partition(': ')[2] or 'another run'}",
            where=backend,
            hint=f"wait until it ends; if it was killed: pulumi cancel --stack {stack}",
        )
    return DeployError(
        cause(text),
        where=f"stack {stack}",
        hint="fix the cause and run the same command again: it continues from here",
    )


def is_unchanged(lines: Sequence[str]) -> bool:
    """Whether a run changed nothing: its summary below "Resources:" counts only "unchanged"."""
    heads = [number for number, line in enumerate(lines) if line.startswith("Resources:")]
    if not heads:
        return False
    counted = [line for line in lines[heads[-1] + 1 :] if line.startswith("    ")]
    return bool(counted) and all(line.split()[1:] == ["unchanged"] for line in counted)


def killed(code: int, *, stack: str) -> DeployError:
    """The error for a Pulumi killed by a signal, whose negative number is `code`."""
    return DeployError(
        f"Pulumi was killed by {signal.Signals(-code).name}, which ops did not send",
        where=f"stack {stack}",
        hint="run the same command again: it continues from here",
    )


def cause(text: str) -> str:
    """Why Pulumi failed: in one line, then its output from the first error on."""
    output = text.partition("Diagnostics:")[2] or text
    output = output.partition("\nOutputs:")[0].partition("\nResources:")[0]
    noise = ("Traceback (", "error: update failed", "program exited with non-zero exit code")
    lines = [PROVIDER_NOISE.sub("", line) for line in output.splitlines() if line.strip()]
    kept = [line for line in lines if not any(word in line for word in noise)]
    from_error = next((n for n, line in enumerate(kept) if "error:" in line), 0)
    kept = kept[from_error:] or ["it wrote no message"]
    first = kept[0].partition("error:")[2].strip() or kept[0].strip()
    if "unhandled exception" in first:
        first = kept[-1].strip()
    return "\n".join([f"Pulumi failed: {first}", *kept[1:][-40:]])
