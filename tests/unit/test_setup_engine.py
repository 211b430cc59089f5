from collections.abc import Sequence
from pathlib import Path

import pytest

from ops.run import Completed
from ops.setup import docker_engine
from ops.setup.networks import Networks
from stacks.errors import PreflightError, SetupError
from tests.unit.test_setup_fakes import Programs, install, on_path, says

ASK = "docker version"
DOWN = says(stderr="Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", code=1)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    monkeypatch.setattr(docker_engine, "ANSWER_SECONDS", 0.0)
    monkeypatch.setattr(docker_engine, "_SCRIPT_SECONDS", 0.0)
    monkeypatch.setattr(docker_engine, "_SYSTEMD", tmp_path / "no-systemd")
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    return install(monkeypatch, folder=tmp_path)


def starts_with(programs: Programs, *, call: str) -> None:
    """The engine answers from the moment that `call` was made."""

    def ask(_: Sequence[str]) -> Completed:
        return says("20.10.24\n") if programs.called(call) else DOWN

    programs.replies[ASK] = ask
    programs.replies[call] = says()


def test_an_engine_that_answers_is_left_alone(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(monkeypatch, "docker")
    programs.replies[ASK] = says("28.1.0\n")
    assert docker_engine.ensure(Networks()) == "28.1.0 answers"
    assert len(programs.calls) == 1


def test_a_stopped_engine_is_started_by_its_script(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(monkeypatch, "docker", "dockerd")
    starts_with(programs, call="service docker start")
    assert docker_engine.ensure(Networks()) == "20.10.24 started"
    assert not programs.called("apt-get")


def test_a_script_that_only_claims_success_is_followed_by_hand(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(monkeypatch, "docker", "dockerd")
    programs.replies["service docker start"] = says()
    starts_with(programs, call="setsid --fork sh -c")
    docker_engine.ensure(Networks())
    assert programs.called("service docker start")
    assert any("dockerd.log" in call for call in programs.calls)


def test_systemd_starts_it_where_it_rules(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    on_path(monkeypatch, "docker", "dockerd")
    monkeypatch.setattr(docker_engine, "_SYSTEMD", tmp_path)
    starts_with(programs, call="systemctl start docker")
    docker_engine.ensure(Networks())
    assert not programs.called("service")


def test_a_missing_engine_is_installed(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path(monkeypatch, "apt-get")

    def install_docker(_: Sequence[str]) -> Completed:
        on_path(monkeypatch, "docker", "dockerd", "apt-get")
        return says()

    starts_with(programs, call="service docker start")
    programs.replies["apt-get -o DPkg::Lock::Timeout=300 update"] = says()
    programs.replies["apt-get -o DPkg::Lock::Timeout=300 install"] = install_docker
    programs.replies["apt-cache show docker-cli"] = says("Package: docker-cli\n")
    assert docker_engine.ensure(Networks()) == "20.10.24 installed and started"
    assert programs.called(
        "apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends docker.io docker-cli"
    )


def test_missing_and_no_apt_is_a_clear_error(programs: Programs) -> None:
    with pytest.raises(SetupError, match="this system is not Debian or Ubuntu"):
        docker_engine.ensure(Networks())


def test_missing_and_not_root_is_a_clear_error(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(monkeypatch, "apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(SetupError, match="requires root") as caught:
        docker_engine.ensure(Networks())
    assert "docker.io" in caught.value.hint
    assert programs.calls == []


def test_stopped_and_not_root_is_a_clear_error(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(monkeypatch, "docker", "dockerd")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    programs.replies[ASK] = DOWN
    with pytest.raises(PreflightError, match="starting it requires root"):
        docker_engine.ensure(Networks())


def test_docker_without_rights(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path(monkeypatch, "docker", "dockerd")
    programs.replies[ASK] = says(stderr="permission denied while trying to connect", code=1)
    with pytest.raises(PreflightError, match="this user may not use Docker") as caught:
        docker_engine.ensure(Networks())
    assert "usermod -aG docker" in caught.value.hint


def test_another_machines_engine_is_not_replaced(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(monkeypatch, "docker", "apt-get")
    monkeypatch.setenv("DOCKER_HOST", "tcp://builder:2376")
    programs.replies[ASK] = DOWN
    with pytest.raises(PreflightError, match="does not answer") as caught:
        docker_engine.ensure(Networks())
    assert "tcp://builder:2376" in caught.value.where
    assert not programs.called("apt-get")


def test_an_engine_that_never_answers_names_its_log(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(monkeypatch, "docker", "dockerd")
    programs.replies[ASK] = DOWN
    programs.replies["service docker start"] = says(code=1)
    programs.replies["setsid"] = says()
    with pytest.raises(SetupError, match="did not answer within") as caught:
        docker_engine.ensure(Networks())
    assert "dockerd.log" in caught.value.hint
