"""A state that is broken, and what of its secrets is left: real Pulumi, and no container."""

import gzip
import json
from pathlib import Path

import pytest

from ops.engine.environment import PULUMI_HOME
from tests.journey.assert_unchanged import assert_unchanged, refused
from tests.journey.conftest import Journey

pytestmark = pytest.mark.journey
CANARY = "a canary that no file may hold"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}  # Pulumi's mark


def state_file(journey: Journey) -> Path:
    """The stack's state."""
    (path,) = journey.backend.glob(f".pulumi/stacks/*/{journey.stack}.json")
    return path


def write(journey: Journey, *, secret: str) -> None:
    """Let Pulumi write a state with this secret in it, as an up does."""
    deployment = json.loads(journey.pulumi("stack", "export"))
    root = {
        "urn": f"urn:pulumi:{journey.stack}::upshift::pulumi:pulumi:Stack::upshift-{journey.stack}",
        "custom": False,
        "type": "pulumi:pulumi:Stack",
        "outputs": {"word": {**SECRET, "plaintext": json.dumps(secret)}},
    }
    deployment["deployment"]["resources"] = [root]
    journey.pulumi("stack", "import", given=json.dumps(deployment))


def secrets_of(*paths: Path) -> set[bytes]:
    """Every encrypted value in these states."""
    found: set[bytes] = set()

    def collect(value: object) -> None:
        if isinstance(value, dict):
            if isinstance(cipher := value.get("ciphertext"), str):
                found.add(cipher.encode())
            for each in value.values():
                collect(each)
        elif isinstance(value, list):
            for each in value:
                collect(each)

    for path in paths:
        collect(json.loads(path.read_text()))
    return found


def text_of(path: Path) -> bytes:
    """A file's content, unpacked when it is packed."""
    content = path.read_bytes()
    try:
        return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    except EOFError:  # a program writes it at this moment
        return content


@pytest.fixture(scope="module")
def secrets(journey: Journey) -> set[bytes]:
    """The encrypted secrets of a stack whose state was written twice, and refreshed."""
    journey.pulumi("stack", "init")
    write(journey, secret=f"{CANARY}, before")
    before = secrets_of(state_file(journey))
    write(journey, secret=CANARY)
    after = secrets_of(state_file(journey))
    journey.pulumi("refresh", "--yes", "--skip-preview", "--non-interactive")
    assert before and after and not before & after
    return before | after | secrets_of(state_file(journey))


def test_a_state_that_was_cut_short_is_named_and_restored(
    journey: Journey, secrets: set[bytes]
) -> None:
    path = state_file(journey)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    said = f"the state of '{journey.stack}' is corrupt"
    backup = f"{path}.bak (of 20"
    refused(journey, said, backup, "1 resources", f"ops state restore {journey.stack}", code=3)
    with assert_unchanged(journey):
        for verb in (["destroy", "--yes"], ["preview"]):
            done = journey.ops(*verb)
            assert done.returncode == 3 and said in done.stderr, done.stdout + done.stderr
    restored = journey.ops("state", "restore", "--yes")
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert CANARY in journey.pulumi("stack", "output", "word", "--show-secrets")
    whole_again = journey.ops("state", "restore", "--yes")
    assert whole_again.returncode == 3 and "nothing to restore" in whole_again.stderr
    (broken,) = path.parent.glob(f"{journey.stack}.broken-*")
    assert broken.read_bytes() == whole[: len(whole) // 2]


def test_destroy_with_data_leaves_no_encrypted_secret(
    journey: Journey, secrets: set[bytes]
) -> None:
    others = state_file(journey).with_name(f"{journey.stack}-2.json")
    others.write_text("another stack's")
    logs, mine = PULUMI_HOME / "logs", f"organization+upshift+{journey.stack}-2*.log"
    assert list(logs.glob(mine)), "Pulumi has written a log of this stack"
    before = [path for path in journey.backend.rglob("*") if path.is_file()]
    holding = [path for path in before if any(secret in text_of(path) for secret in secrets)]
    assert len(holding) > 2, "the state, its backups and the history hold them"
    destroy = journey.ops("destroy", "--data", "--yes", "--data-confirm", journey.stack)
    assert destroy.returncode == 0, destroy.stdout + destroy.stderr
    assert others.read_text() == "another stack's"
    left = [path for path in journey.backend.rglob("*") if path.is_file()]
    assert left, "the backend itself stays"
    for path in [*left, *(path for path in logs.iterdir() if path.is_file())]:
        content = text_of(path)
        assert not any(secret in content for secret in secrets), path
        assert CANARY.encode() not in content, path
    assert not list(logs.glob(mine))
    assert [path for path in left if f"/{journey.stack}." in str(path)] == []
