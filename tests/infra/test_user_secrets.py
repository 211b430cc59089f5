"""The user's own secrets: a file each, for the project's processes alone, never stale."""

from typing import Any

import pytest

from stacks.loading import load_topology
from stacks.user_secrets import StoredSecret
from tests.infra.conftest import Engine, engine_for
from tests.infra.inputs import volumes

PROCESSES = {"release", "service", "worker", "beat"}
MAIL, SMS = StoredSecret("MAIL_PASSWORD", "1a", ""), StoredSecret("SMS_TOKEN", "2b", "")


def made(monkeypatch: pytest.MonkeyPatch, *secrets: StoredSecret) -> Engine:
    return engine_for(load_topology("dev"), monkeypatch, own_secrets=secrets)


def carried(engine: Engine) -> dict[str, Any]:
    """Each of the user's secrets that is uploaded, by its path in the carrier."""
    uploads = engine.containers()["files"]["uploads"]
    # One secret among them makes a secret of the whole list, which Pulumi wraps.
    listed = uploads["value"] if isinstance(uploads, dict) else uploads
    return {each["file"]: each for each in listed if "/secrets/" in each["file"]}


def test_only_the_projects_processes_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = made(monkeypatch, MAIL, SMS)
    containers = engine.containers()
    readers = {path.split("/")[2].split("-")[0] for path in carried(engine)}
    assert readers == PROCESSES
    for name, inputs in containers.items():
        told = "MAIL_PASSWORD_FILE=/run/upshift/secrets/MAIL_PASSWORD" in (inputs.get("envs") or [])
        assert told is (name in PROCESSES), name
        assert name == "files" or "made-up MAIL" not in str(inputs), name


def test_each_is_a_file_that_only_the_app_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    found = carried(made(monkeypatch, MAIL, SMS))
    assert len(found) == 2 * len(PROCESSES)
    for path, each in found.items():
        assert (each["permissions"], each["owner"]) == ("0400", "10001")
        assert each["content"] == f"made-up {path.rpartition('/')[2]}"


@pytest.mark.parametrize("component", sorted(PROCESSES))
def test_a_new_value_and_a_removed_secret_mean_another_volume(
    monkeypatch: pytest.MonkeyPatch, component: str
) -> None:
    changed = StoredSecret("MAIL_PASSWORD", "3c", "")
    seen = {
        volumes(made(monkeypatch, *secrets).containers()[component])["/run/upshift"]
        for secrets in ((MAIL, SMS), (changed, SMS), (MAIL,), ())
    }
    assert len(seen) == 4
