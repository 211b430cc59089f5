"""No password of a URL is shown, recorded or raised, whichever way it comes."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ops import audit, show
from ops.setup import base_image
from ops.setup.networks import Networks
from stacks.errors import CommandError, UpshiftError
from stacks.redaction import login_of, redacted, without_login
from stacks.topology import PROJECT

URL = "postgres://shop:canary@db.example.com:5432/state"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (URL, "postgres://***@db.example.com:5432/state"),
        ("https://canary@pypi.example.com/simple/", "https://***@pypi.example.com/simple/"),
        ("https://u:ca:na@ry@h/x", "https://***@h/x"),
        ("s3://b/p?region=eu&access_key=canary&x=1", "s3://b/p?region=eu&access_key=***&x=1"),
        ("postgres://h/d?password=canary", "postgres://h/d?password=***"),
        ("two https://a:canary@b and http://c:canary@d", "two https://***@b and http://***@d"),
        ("git+https://git.example.com/a/b.git@v1", "git+https://git.example.com/a/b.git@v1"),
        (
            "mail@example.com, https://example.com/@name",
            "mail@example.com, https://example.com/@name",
        ),
    ],
)
def test_user_and_password_of_a_url_are_hidden(text: str, shown: str) -> None:
    assert redacted(text, environment={}) == shown


def test_a_settings_password_is_hidden_without_its_url_too() -> None:
    told = {"UPSHIFT_BACKEND": "postgres://shop:can%2Fary@db/x"}
    for text in ('invalid port ":can%2Fary" after host', "password can/ary is wrong"):
        assert "ary" not in redacted(text, environment=told)


def test_errors_lines_tables_and_records_hold_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error = UpshiftError(f"no {URL}", where=URL, hint=f"see {URL}")
    error.__cause__ = CommandError(f"pulumi … {URL}")
    show.say(URL)
    show.warn(URL)
    show.error(URL)
    show.table("t", head=("a",), rows=[(URL,)])
    monkeypatch.setattr(audit, "RECORD", tmp_path / "audit.jsonl")
    audit.record("dev", verb="up", result=f"failed: {URL}", seconds=1)
    captured = capsys.readouterr()
    everything = str(error) + captured.out + captured.err + audit.RECORD.read_text()
    assert everything.count("db.example.com") >= 6 and "canary" not in everything


def test_the_record_is_for_its_owner_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(audit, "RECORD", tmp_path / "audit.jsonl")
    audit.RECORD.touch(mode=0o644)
    audit.RECORD.chmod(0o644)
    audit.record("dev", verb="up", result="done", seconds=1)
    assert stat.S_IMODE(audit.RECORD.stat().st_mode) == 0o600
    assert json.loads(audit.RECORD.read_text())["result"] == "done"


@pytest.mark.parametrize(
    "words", [["preview", "dev"], ["up", "dev"], ["secret", "set", "dev", "A"]]
)
def test_a_backend_that_cannot_be_reached_does_not_show_its_password(words: list[str]) -> None:
    environment = {**os.environ, "UPSHIFT_BACKEND": "postgres://u:canary@127.0.0.1:1/x"}
    environment["UPSHIFT_DISK_LEFT"] = "0.1"
    done = subprocess.run(
        [sys.executable, "-m", "ops.cli", "-v", *words],
        cwd=PROJECT,
        env=environment,
        input="value",
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode != 0 and done.stderr
    assert "canary" not in done.stdout + done.stderr


def test_a_mirrors_login_is_no_argument_and_in_no_source(tmp_path: Path) -> None:
    networks = Networks(apt_mirror="https://user:can%40ary@mirror.example.com:8443/debian")
    login = base_image.write_login(tmp_path, networks=networks)
    assert login is not None and stat.S_IMODE(login.stat().st_mode) == 0o600
    told = "machine https://mirror.example.com:8443 login user password can@ary\n"
    assert login.read_text() == told
    command = base_image.command(tmp_path / "x", networks=networks, login=login)
    assert "ary" not in str(command) and any(str(login) in word for word in command)
    assert "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" in str(command)
    assert without_login(networks.apt_mirror or "") == "https://mirror.example.com:8443/debian"
    assert login_of("https://mirror.example.com") is None
