"""`ops secret`: what is refused, what is stored, and that no value is an argument or shown."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from ops import audit, cli, lock, user_secrets
from ops.engine import pulumi_stack
from ops.engine.state import State
from ops.run import Completed
from stacks import loading
from stacks.environment import service_environment
from stacks.errors import PreflightError, TopologyError
from stacks.loading import load_secrets
from stacks.topology import Topology
from stacks.user_secrets import secrets_in, version_of

VALUE = "canary-value-1234"


class Pulumi:
    """Stands for Pulumi: writes the stack's file as `pulumi config set` does, and notes calls."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.asked: list[Sequence[str]] = []
        self.given: list[str] = []

    def __call__(self, args: Sequence[str], *, input: str | None = None, **_: Any) -> Completed:
        self.asked.append(args)
        document = yaml.safe_load(self.file.read_text())
        if args[1:3] == ["config", "set"]:
            assert input is not None
            self.given.append(input)
            sealed = {"secure": f"v1:{len(self.given)}:{'x' * len(input)}"}
            document["config"][args[3]] = sealed if "--secret" in args else input
        else:
            document["config"].pop(args[3], None)
        self.file.write_text(yaml.safe_dump(document))
        return Completed("", "", 0)


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pulumi:
    (tmp_path / "stacks").mkdir()
    file = tmp_path / "stacks" / "Pulumi.dev.yaml"
    file.write_text("config: {upshift:topology: {}}\n")
    made = Pulumi(file)
    monkeypatch.setattr(loading, "PROJECT", tmp_path)
    monkeypatch.setattr(lock, "WORK", tmp_path / "work")
    monkeypatch.setattr(audit, "RECORD", tmp_path / "audit.jsonl")
    monkeypatch.setattr(pulumi_stack, "run", made)
    monkeypatch.setattr(pulumi_stack, "state", lambda stack: State({}, frozenset()))
    return made


def ops(*words: str, given: str = "") -> str:
    """The command; fails the test when it fails."""
    done = CliRunner().invoke(cli.app, ["secret", *words], input=given, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_value_goes_through_a_pipe_and_is_shown_nowhere(pulumi: Pulumi, tmp_path: Path) -> None:
    shown = ops("set", "dev", "MAIL_PASSWORD", given=VALUE + "\n") + ops("list", "dev")
    assert pulumi.given[0] == VALUE
    assert VALUE not in shown + str(pulumi.asked) + (tmp_path / "audit.jsonl").read_text()
    assert "MAIL_PASSWORD_FILE=/run/upshift/secrets/MAIL_PASSWORD" in shown
    (line,) = map(json.loads, (tmp_path / "audit.jsonl").read_text().splitlines())
    assert (line["verb"], line["result"]) == ("secret set MAIL_PASSWORD", "done")


def test_a_file_is_kept_as_it_is_but_for_its_last_line_end(pulumi: Pulumi, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("-----BEGIN\n\nline\n-----END\n")
    ops("set", "dev", "SIGNING", "--from-file", str(tmp_path / "key.pem"))
    assert pulumi.given[0] == "-----BEGIN\n\nline\n-----END"


def test_list_tells_names_and_times(pulumi: Pulumi) -> None:
    assert json.loads(ops("list", "dev", "--json")) == []
    ops("set", "dev", "B_TOKEN", given=VALUE)
    ops("set", "dev", "A_TOKEN", given=VALUE)
    told = json.loads(ops("list", "dev", "--json"))
    assert [each["name"] for each in told] == ["A_TOKEN", "B_TOKEN"]
    assert all(each["set"].startswith("20") for each in told)


def test_remove_takes_both_lines_out(pulumi: Pulumi) -> None:
    ops("set", "dev", "A_TOKEN", given=VALUE)
    ops("remove", "dev", "A_TOKEN")
    assert "A_TOKEN" not in pulumi.file.read_text()
    with pytest.raises(PreflightError, match="has no secret A_TOKEN"):
        user_secrets.remove_secret("dev", name="A_TOKEN")


def test_the_version_changes_with_each_value_and_each_name(pulumi: Pulumi) -> None:
    seen = [version_of(load_secrets("dev"))]
    for name in ("A_TOKEN", "A_TOKEN", "B_TOKEN"):
        ops("set", "dev", name, given=VALUE)
        seen.append(version_of(load_secrets("dev")))
    assert seen[0] == "" and len(set(seen)) == 4


@pytest.mark.parametrize(
    "name", ["mail", "A-B", "1A", "A_FILE", "../A", "A" * 64, "", "SECRET_KEY", "DATABASE_PASSWORD"]
)
def test_a_name_that_cannot_be_is_refused(pulumi: Pulumi, name: str) -> None:
    with pytest.raises(TopologyError):
        user_secrets.set_secret("dev", name=name, value=VALUE)
    assert pulumi.asked == []


@pytest.mark.parametrize(
    ("value", "said"),
    [("", "is empty"), (" \n", "is empty"), ("x" * 16_385, "16385 bytes"), ("a\0b", "NUL byte")],
)
def test_a_value_that_cannot_be_is_refused(pulumi: Pulumi, value: str, said: str) -> None:
    with pytest.raises(PreflightError, match=said):
        user_secrets.set_secret("dev", name="A_TOKEN", value=value)
    assert pulumi.asked == []


def test_all_together_have_a_bound(pulumi: Pulumi) -> None:
    with pytest.raises(PreflightError, match="with 65536 bytes in total"):
        for number in range(6):
            user_secrets.set_secret("dev", name=f"A_{number}", value="x" * 16_000)
    assert 4 <= len(load_secrets("dev")) <= 5


def test_a_value_that_is_not_encrypted_is_refused_and_not_shown() -> None:
    document = {"config": {"upshift-secret:A_TOKEN": VALUE}}
    with pytest.raises(TopologyError, match="is not encrypted") as caught:
        secrets_in(document, where="Pulumi.dev.yaml")
    assert VALUE not in str(caught.value)


def test_the_processes_are_told_the_files() -> None:
    stored = secrets_in({"config": {"upshift-secret:A": {"secure": "v1:a:b"}}}, where="x")
    given = service_environment(Topology(stack="dev"), secrets=stored)
    assert given["A_FILE"] == "/run/upshift/secrets/A"


def test_a_variable_that_the_secret_replaces_is_warned_of(pulumi: Pulumi) -> None:
    app = {"environment": {"MAIL_PASSWORD": "x"}}
    document = {"config": {"upshift:topology": {"app": app}}}
    pulumi.file.write_text(yaml.safe_dump(document))
    assert "looks like a secret" in ops("set", "dev", "MAIL_PASSWORD", given=VALUE)
