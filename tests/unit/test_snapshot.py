"""The inputs of a run are fixed at its start: what is edited afterwards is not seen."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ops import build
from stacks import inputs, release, snapshot
from stacks.errors import BuildError
from stacks.loading import load_topology, stack_file
from stacks.topology import PROJECT
from tests.bundled import bundled_app

READS = """
from stacks.loading import load_topology
from stacks.release import image_tags, release_id
topology = load_topology("journey-fixed")
from stacks.environment import service_environment
environment = sorted(service_environment(topology).items())
print(topology.service.threads, release_id(topology), image_tags(topology)["app"], environment)
"""


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Django project, and a stack that deploys it."""
    project = tmp_path / "app"
    (project / "config").mkdir(parents=True)
    for name in ("manage.py", "requirements.lock", "config/wsgi.py"):
        (project / name).write_text("")
    monkeypatch.setattr(inputs, "RUNS", tmp_path / "runs")
    monkeypatch.delenv(inputs.VARIABLE, raising=False)
    release._release_id.cache_clear()
    return project


def describe(app: Path, *, threads: int) -> None:
    described = {"app": bundled_app(app), "service": {"threads": threads}}
    document = {"config": {"upshift:topology": described}}
    stack_file("journey-fixed").write_text(yaml.safe_dump(document))


@pytest.fixture(autouse=True)
def removed() -> Iterator[None]:
    """Nothing is left of the stack."""
    yield
    stack_file("journey-fixed").unlink(missing_ok=True)
    release._release_id.cache_clear()


def read_by_another_process() -> str:
    done = subprocess.run(
        [sys.executable, "-c", READS], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_edits_after_the_start_reach_no_program_of_the_run(app: Path) -> None:
    describe(app, threads=2)
    with snapshot.taken("journey-fixed"):
        before = read_by_another_process()
        (app / "config" / "wsgi.py").write_text("edited = True\n")
        (app / "pyproject.toml").write_text('[project]\nversion = "9"\n')
        describe(app, threads=7)
        assert read_by_another_process() == before and before.startswith("2 ")
        shutil.rmtree(app)
        assert read_by_another_process() == before
    assert inputs.VARIABLE not in os.environ and not list(inputs.runs_of("journey-fixed").iterdir())


def test_the_next_run_sees_them(app: Path) -> None:
    describe(app, threads=2)
    with snapshot.taken("journey-fixed") as first:
        one = (first.service.threads, release.release_id(first))
    (app / "config" / "wsgi.py").write_text("edited = True\n")
    describe(app, threads=7)
    release._release_id.cache_clear()
    with snapshot.taken("journey-fixed") as second:
        other = (second.service.threads, release.release_id(second))
    assert one[0] == 2 and other[0] == 7 and one[1] != other[1]


def test_a_program_of_the_run_takes_the_runs_own(app: Path) -> None:
    """The Pulumi program, below `ops up`."""
    describe(app, threads=2)
    with snapshot.taken("journey-fixed"):
        describe(app, threads=7)
        assert snapshot.take("journey-fixed").service.threads == 2
        assert load_topology("dev").stack == "dev"


def test_it_is_its_owners_alone(app: Path) -> None:
    describe(app, threads=2)
    with snapshot.taken("journey-fixed"):
        path = Path(os.environ[inputs.VARIABLE])
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


def test_sources_edited_while_they_are_staged_are_not_built(
    app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe(app, threads=2)

    def stage(*_: object, **__: object) -> Path:
        (app / "config" / "wsgi.py").write_text("edited = True\n")
        return app

    monkeypatch.setattr(build, "_stage_app", stage)
    monkeypatch.setattr(build.images, "exists", lambda *tags: "upshift/app:" not in tags[0])
    monkeypatch.setattr(build.images, "build", pytest.fail)
    with snapshot.taken("journey-fixed") as topology:
        with pytest.raises(BuildError, match="changed while they were read") as caught:
            build.release(topology, on_line=print)
    assert "run the same command again" in caught.value.hint
