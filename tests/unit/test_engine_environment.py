"""The environment for Pulumi: its state, and a passphrase made once."""

import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ops.engine import environment
from ops.setup import cache
from stacks.errors import PreflightError


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith(("PULUMI_", "UPSHIFT_")):
            monkeypatch.delenv(name)
    monkeypatch.setattr(environment, "STATE", tmp_path / "state")
    monkeypatch.setattr(environment, "PASSPHRASE", tmp_path / "passphrase")
    monkeypatch.setattr(environment, "PULUMI_HOME", tmp_path / "pulumi")
    return tmp_path


def test_the_passphrase_is_made_once_for_its_owner_only(work: Path) -> None:
    found = environment.variables()
    path = Path(found["PULUMI_CONFIG_PASSPHRASE_FILE"])
    assert path == work / "passphrase"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    made = path.read_text()
    assert len(made) >= 43
    environment.variables()
    assert path.read_text() == made
    assert sorted(p.name for p in work.iterdir()) == ["passphrase", "pulumi", "state"]


def test_a_lost_passphrase_is_told_and_none_is_made(work: Path) -> None:
    state = work / "state" / ".pulumi" / "stacks" / "upshift"
    state.mkdir(parents=True)
    (state / "dev.json").write_text("{}")
    with pytest.raises(PreflightError, match="the passphrase file is missing"):
        environment.variables()
    assert not (work / "passphrase").exists()


@pytest.mark.parametrize("name", ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"])
def test_a_passphrase_of_the_user_wins(
    name: str, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "mine")
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" not in environment.variables()
    assert not (work / "passphrase").exists()


def test_state_is_local_unless_told(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.backend() == f"file://{work}/state"
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://theirs")
    assert environment.backend() == "s3://theirs"
    monkeypatch.setenv("UPSHIFT_BACKEND", "s3://ours")
    assert environment.variables()["PULUMI_BACKEND_URL"] == "s3://ours"


def test_our_tools_come_first_on_the_path() -> None:
    first, second, *_ = environment.variables()["PATH"].split(os.pathsep)
    assert (first, second) == (str(cache.bin_dir()), str(Path(sys.executable).parent))


def test_a_shell_can_read_the_lines(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPSHIFT_BACKEND", "file:///a folder/$HOME's")
    script = f'eval {shlex.quote(environment.exports())}; printf %s "$PULUMI_BACKEND_URL"'
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "file:///a folder/$HOME's"


def test_pulumis_logs_are_this_checkouts_and_its_plugins_the_users(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: work / "me")
    for _ in range(2):
        assert environment.variables()["PULUMI_HOME"] == f"{work}/pulumi"
    assert (work / "pulumi" / "plugins").resolve() == work / "me" / ".pulumi" / "plugins"
    assert stat.S_IMODE((work / "pulumi").stat().st_mode) == 0o700
    monkeypatch.setenv("PULUMI_HOME", "/theirs")
    assert environment.variables()["PULUMI_HOME"] == "/theirs"
    monkeypatch.delenv("PULUMI_HOME")
    monkeypatch.setenv("UPSHIFT_BACKEND", "https://api.pulumi.com")
    assert "PULUMI_HOME" not in environment.variables()
