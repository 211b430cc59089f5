"""What a kill leaves half-written beside Pulumi's state is in nobody's way."""

import json
import subprocess
from pathlib import Path

import pytest

from ops.engine import state_files
from stacks.errors import PreflightError

STATE, WHOLE = '{"version": 3}', '{"user.content_type": "text/plain"}'


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A stack's state in a backend's folder."""
    path = tmp_path / ".pulumi" / "stacks" / "upshift" / "dev.json"
    path.parent.mkdir(parents=True)
    path.write_text(STATE)
    return path


@pytest.mark.parametrize("written", ["", WHOLE[:10], "null"])
@pytest.mark.parametrize("name", ["dev.json.attrs", "dev.json.bak.attrs"])
def test_half_written_attributes_are_taken_away(
    tmp_path: Path, state: Path, name: str, written: str
) -> None:
    broken = state.with_name(name)
    broken.write_text(written)
    assert state_files.remove_broken_attributes("dev", folder=tmp_path) == [broken]
    assert not broken.exists() and state.read_text() == STATE
    assert state_files.remove_broken_attributes("dev", folder=tmp_path) == []


def test_half_written_attributes_of_the_backend_itself_too(tmp_path: Path, state: Path) -> None:
    broken = tmp_path / ".pulumi" / "meta.yaml.attrs"
    broken.write_text("")
    assert state_files.remove_broken_attributes("dev", folder=tmp_path) == [broken]
    broken.write_text(WHOLE)
    assert state_files.remove_broken_attributes("dev", folder=tmp_path) == [] and broken.exists()


def test_whole_ones_and_those_of_other_stacks_stay(tmp_path: Path, state: Path) -> None:
    mine, others = state.with_name("dev.json.attrs"), state.with_name("dev2.json.attrs")
    mine.write_text(WHOLE)
    others.write_text("")
    assert state_files.remove_broken_attributes("dev", folder=tmp_path) == []
    assert mine.exists() and others.exists()


def test_without_any_there_is_nothing_to_do(tmp_path: Path, state: Path) -> None:
    assert state_files.remove_broken_attributes("dev", folder=tmp_path) == []
    assert state_files.remove_broken_attributes("dev", folder=tmp_path / "none") == []


WRITTEN = {"time": "2026-11-24T04:14:04.617187179Z"}


def checkpoint(resources: int) -> str:
    """A state as Pulumi's file backend writes it."""
    latest = {"manifest": WRITTEN, "resources": [{"urn": str(each)} for each in range(resources)]}
    return json.dumps({"version": 3, "checkpoint": {"stack": "dev", "latest": latest}})


@pytest.fixture
def cut(state: Path) -> Path:
    """A state that was cut short, with the one before it beside it."""
    state.write_text(checkpoint(3)[:60])
    state.with_name("dev.json.attrs").write_text(WHOLE)
    state.with_name("dev.json.bak").write_text(checkpoint(2))
    return state


@pytest.mark.parametrize("text", ["", "{", "rubbish", "null", '{"version": 3}'])
def test_a_broken_state_names_its_file_its_backup_and_the_commands(
    tmp_path: Path, cut: Path, text: str
) -> None:
    cut.write_text(text)
    with pytest.raises(PreflightError, match="the state of 'dev' is corrupt") as caught:
        state_files.require_readable("dev", folder=tmp_path)
    backup = f"{cut}.bak"
    assert f"{backup} (of 2026-11-24 04:14:04 UTC, 2 resources)" in caught.value.message
    assert caught.value.where == str(cut) and "ops state restore dev" in caught.value.hint
    assert f"cp {backup} {cut}" in caught.value.hint and cut.read_text() == text


def test_the_commands_by_hand_do_what_they_say(tmp_path: Path, cut: Path) -> None:
    with pytest.raises(PreflightError) as caught:
        state_files.require_readable("dev", folder=tmp_path)
    by_hand = caught.value.hint.partition("by hand: ")[2].partition("; then ops up")[0]
    subprocess.run(["sh", "-ec", by_hand], check=True)
    state_files.require_readable("dev", folder=tmp_path)


def test_it_is_restored_and_the_broken_one_is_kept(tmp_path: Path, cut: Path) -> None:
    broken, agreed = cut.read_text(), list[str]()
    kept = state_files.restore("dev", folder=tmp_path, confirm=agreed.append)
    assert cut.read_text() == checkpoint(2) and kept.read_text() == broken
    assert not cut.with_name("dev.json.attrs").exists() and len(agreed) == 1
    assert sorted(cut.parent.glob("*.json")) == [cut]  # Pulumi takes each for a stack
    state_files.require_readable("dev", folder=tmp_path)


def test_a_refusal_changes_nothing(tmp_path: Path, cut: Path) -> None:
    def refuse(_what: str) -> None:
        raise KeyboardInterrupt

    before = {path.name: path.read_text() for path in cut.parent.iterdir()}
    with pytest.raises(KeyboardInterrupt):
        state_files.restore("dev", folder=tmp_path, confirm=refuse)
    assert {path.name: path.read_text() for path in cut.parent.iterdir()} == before


def test_with_a_broken_backup_too_pulumis_own_backups_are_looked_at(
    tmp_path: Path, cut: Path
) -> None:
    cut.with_name("dev.json.bak").write_text("")
    with pytest.raises(PreflightError, match="broken") as caught:
        state_files.require_readable("dev", folder=tmp_path)
    assert "there is no readable backup" in caught.value.hint
    older = tmp_path / ".pulumi" / "backups" / "upshift" / "dev"
    older.mkdir(parents=True)
    (older / "dev.1795818828282296279.json").write_text(checkpoint(1))
    state_files.restore("dev", folder=tmp_path, confirm=lambda what: None)
    assert cut.read_text() == checkpoint(1)


def test_a_whole_state_is_not_restored(tmp_path: Path, cut: Path) -> None:
    cut.write_text(checkpoint(3))
    with pytest.raises(PreflightError, match="there is nothing to restore"):
        state_files.restore("dev", folder=tmp_path, confirm=pytest.fail)


def test_another_backend_is_told_where_to_look() -> None:
    with pytest.raises(PreflightError, match="not in a local folder") as caught:
        state_files.folder_of("postgres://me:word@host/database?sslmode=disable")
    assert caught.value.where == "" or "word" not in caught.value.where
