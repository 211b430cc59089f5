"""The command as typed: exit codes, messages, and what a machine reads."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from ops import cli
from ops.deploy import smoke_checks
from ops.deploy import up as deploy
from ops.setup import doctor, steps
from ops.verbs import inspect
from stacks.errors import DeployError, LockedError, UpshiftError
from stacks.loading import parse_topology
from stacks.topology import PROJECT

VERBS = "setup doctor build preview up check status logs exec config url destroy env secret".split()
VERBS += ["copy", "diagram", "restart", "repair", "state"]


def ops(*words: str) -> subprocess.CompletedProcess[str]:
    """The real command, piped."""
    return subprocess.run(
        [sys.executable, "-m", "ops.cli", *words],
        cwd=PROJECT,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


def test_every_verb_is_there() -> None:
    shown = ops("--help").stdout
    assert [verb for verb in VERBS if f" {verb} " not in shown] == []


def test_an_error_is_printed_on_stderr_without_a_traceback() -> None:
    done = ops("url", "nope")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: there is no stack 'nope'")
    assert "Traceback" not in done.stderr
    assert "Traceback" in ops("-v", "url", "nope").stderr


@pytest.mark.parametrize("words", [["nosuch"], ["up", "dev", "--nosuch"], ["exec", "dev"]])
def test_a_wrong_call(words: list[str]) -> None:
    done = ops(*words)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and "--help" in done.stderr


def test_a_question_without_an_answer_changes_nothing() -> None:
    done = ops("destroy", "dev")
    assert done.returncode == 1 and "nothing was changed" in done.stderr


def test_data_is_asked_for_twice() -> None:
    done = ops("destroy", "dev", "--data", "--yes", "--data-confirm", "staging")
    assert done.returncode == 3 and "deleting the data was not confirmed" in done.stderr


def test_the_diagram_is_printed_or_written(tmp_path: Path) -> None:
    printed = ops("diagram", "dev").stdout
    assert printed.startswith("<svg") and "redis-queue" in printed
    assert ops("diagram", "dev", "--output", str(tmp_path / "dev.svg")).returncode == 0
    assert (tmp_path / "dev.svg").read_text() == printed


def test_the_url_for_a_program() -> None:
    assert json.loads(ops("url", "dev", "--json").stdout) == {"url": "https://localhost:8443"}


def test_config_is_the_resolved_topology() -> None:
    told = yaml.safe_load(ops("config", "staging").stdout)
    assert told == json.loads(ops("config", "staging", "--json").stdout)
    assert told["stack"] == "staging" and told["redis_queue"]["limits"]["memory"] == 128


def test_config_hides_what_looks_like_a_secret() -> None:
    variables = {"API_TOKEN": "abc", "db_password": "x", "LEVEL": "info"}
    app = {"environment": variables, "not_secret": ["API_TOKEN", "db_password"]}
    described = {"config": {"upshift:topology": {"app": app}}}
    shown = inspect.resolved(parse_topology(described, stack="dev", where="here"))
    hidden = "(hidden)"
    assert shown["app"]["environment"] == {
        "API_TOKEN": hidden,
        "db_password": hidden,
        "LEVEL": "info",
    }


def test_no_such_component() -> None:
    done = ops("logs", "dev", "database")
    assert done.returncode == 3 and "has no component 'database'" in done.stderr


def ends(monkeypatch: pytest.MonkeyPatch, *, by: BaseException) -> Any:
    """The exit code of `ops up dev` when the work ends by this."""

    def work(_stack: str, **_: object) -> None:
        raise by

    monkeypatch.setattr(deploy, "up", work)
    monkeypatch.setattr(sys, "argv", ["ops", "up", "dev"])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return caught.value.code


@pytest.mark.parametrize(
    ("error", "code"),
    [(DeployError("x"), 5), (LockedError("x"), 7), (UpshiftError("x"), 1)],
)
def test_exit_codes(error: UpshiftError, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ends(monkeypatch, by=error) == code


def test_ctrl_c_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends(monkeypatch, by=KeyboardInterrupt()) == 130
    assert "the same command continues from here" in capsys.readouterr().err


def test_doctor_ends_badly_when_something_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [doctor.Finding("pulumi", "missing", "", "3", "ops setup")]
    monkeypatch.setattr(doctor, "report", lambda **_: found)
    done = CliRunner().invoke(cli.app, ["doctor", "--json"])
    assert done.exit_code == 3 and json.loads(done.stdout)[0]["fix"] == "ops setup"


def test_setup_shows_its_plan_and_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    applied: list[Any] = []
    monkeypatch.setattr(steps, "plan", lambda **_: [steps.Step("pulumi", (), lambda: "")])
    monkeypatch.setattr(steps, "apply", lambda plan, **_: applied.extend(plan))
    refused = CliRunner().invoke(cli.app, ["setup"], input="n\n")
    assert "to install: pulumi" in refused.stdout and refused.exit_code == 1 and not applied
    assert CliRunner().invoke(cli.app, ["setup", "--yes"]).exit_code == 0 and applied


def test_check_for_a_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = smoke_checks.Result(passed=1, skipped=0, failures=("test_a",), seconds=1.0, text="")
    monkeypatch.setattr(smoke_checks, "check", lambda stack: seen)
    done = CliRunner().invoke(cli.app, ["check", "dev", "--json"])
    assert done.exit_code == 6 and json.loads(done.stdout)["failures"] == ["test_a"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("ops up st", {"staging"}),
        ("ops secret set pro", {"production"}),
        ("ops logs dev redis", {"redis-cache", "redis-queue"}),
        ("ops de", {"destroy"}),
    ],
)
def test_a_shell_can_complete(typed: str, offered: set[str]) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    ops_program = os.path.join(os.path.dirname(sys.executable), "ops")
    done = subprocess.run(
        [ops_program],
        cwd=PROJECT,
        env={**os.environ, **words, "_OPS_COMPLETE": "complete_bash"},
        capture_output=True,
        text=True,
    )
    assert set(done.stdout.split()) == offered, done.stderr


def test_a_permission_error_names_its_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = PermissionError(13, "Permission denied", "/project/.upshift")
    assert ends(monkeypatch, by=refusal) == 1
    assert capsys.readouterr().err == "error: Permission denied\n  where: /project/.upshift\n"
