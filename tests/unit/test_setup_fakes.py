"""Fakes at the one boundary of `ops.setup`: the programs that it starts."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from ops.run import Completed
from stacks.errors import CommandError

Reply = Completed | Exception | Callable[[Sequence[str]], Completed]


def says(stdout: str = "", *, stderr: str = "", code: int = 0) -> Completed:
    """A program's end."""
    return Completed(stdout=stdout, stderr=stderr, code=code)


class Programs:
    """Answers calls by their longest known beginning; unknown programs are not installed."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.calls: list[str] = []

    def run(
        self,
        args: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float | None = None,
        check: bool = True,
        input: str | None = None,
    ) -> Completed:
        line = " ".join([Path(args[0]).name, *args[1:]])
        self.calls.append(line)
        known = [start for start in self.replies if line.startswith(start)]
        if not known:
            raise CommandError(f"{args[0]} is not installed")
        reply = self.replies[max(known, key=len)]
        if isinstance(reply, Exception):
            raise reply
        done = reply if isinstance(reply, Completed) else reply(args)
        if check and done.code != 0:
            raise CommandError(f"{args[0]} ended with code {done.code}\n{done.stderr}")
        return done

    def output_of(self, args: Sequence[str]) -> str | None:
        """As `infra.process.output_of`: what a program printed, or None when it failed."""
        done = self.run(args, check=False)
        return done.stdout if done.code == 0 else None

    def called(self, start: str) -> bool:
        return any(line.startswith(start) for line in self.calls)


def install(patch: pytest.MonkeyPatch, *, folder: Path) -> Programs:
    """Replace every program by fakes, and the user's folders by empty ones."""
    programs = Programs()
    patch.setattr("ops.run.run", programs.run)
    patch.setattr("shutil.which", lambda name: None)
    patch.setattr("os.geteuid", lambda: 0)
    patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    patch.setenv("PULUMI_HOME", str(folder / "pulumi"))
    patch.setenv("DOCKER_CONFIG", str(folder / "docker"))
    for name in ("DOCKER_HOST", "UPSHIFT_CA_FILE", "UPSHIFT_APT_MIRROR", "UPSHIFT_PACKAGE_INDEX"):
        patch.delenv(name, raising=False)
    return programs


def on_path(patch: pytest.MonkeyPatch, *names: str, folder: str = "/usr/bin") -> None:
    """Let these programs, and no others, be found on PATH."""
    patch.setattr("shutil.which", lambda name: f"{folder}/{name}" if name in names else None)
