"""What a kill leaves half-written beside Pulumi's state is in nobody's way."""

from pathlib import Path

import pytest

from ops import pulumi_state

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
    assert pulumi_state.mend("dev", folder=tmp_path) == [broken]
    assert not broken.exists() and state.read_text() == STATE
    assert pulumi_state.mend("dev", folder=tmp_path) == []


def test_whole_ones_and_those_of_other_stacks_stay(tmp_path: Path, state: Path) -> None:
    mine, others = state.with_name("dev.json.attrs"), state.with_name("dev2.json.attrs")
    mine.write_text(WHOLE)
    others.write_text("")
    assert pulumi_state.mend("dev", folder=tmp_path) == []
    assert mine.exists() and others.exists()


def test_without_any_there_is_nothing_to_do(tmp_path: Path, state: Path) -> None:
    assert pulumi_state.mend("dev", folder=tmp_path) == []
    assert pulumi_state.mend("dev", folder=tmp_path / "none") == []
