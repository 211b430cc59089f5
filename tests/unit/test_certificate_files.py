"""The user's own certificate and key, and what is said of each that is no good."""

from pathlib import Path
from typing import Any

import pytest

from ops.preflight import certificate_files
from stacks.errors import PreflightError
from stacks.topology import Topology
from tests.certificates import write


def described(named: dict[str, str], *names: str) -> Topology:
    edge: dict[str, Any] = {"certificate": named}
    if names:
        edge["server_names"] = names
    return Topology.model_validate({"stack": "dev", "edge": edge})


def test_a_good_certificate(tmp_path: Path) -> None:
    good = described(write(tmp_path))
    assert certificate_files.check(good).startswith("certificate: your own, valid until 20")
    assert certificate_files.warning(good) == ""
    local = Topology(stack="dev")
    assert "local authority" in certificate_files.check(local)
    assert certificate_files.warning(local) == ""


def test_one_that_ends_soon_is_good_and_warned_of(tmp_path: Path) -> None:
    soon = described(write(tmp_path, days=(-80, 10)))
    assert "your own, valid until" in certificate_files.check(soon)
    assert "expires in 9 days: renew it" in certificate_files.warning(soon)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"days": (-10, -1)}, "the certificate expired on 20"),
        ({"days": (1, 10)}, "the certificate is not valid before 20"),
        ({"key": "another's"}, "the key k.pem does not match the certificate c.pem"),
        ({"key": "locked"}, "the key has a passphrase"),
        (
            {"names": ["localhost"]},
            "the certificate is not valid for 127.0.0.1; it is valid for localhost",
        ),
        (
            {"names": []},
            "the certificate is not valid for localhost, 127.0.0.1; it is valid for no name",
        ),
    ],
)
def test_a_bad_certificate(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(PreflightError, match=said) as caught:
        certificate_files.check(described(write(tmp_path, **changes)))
    assert caught.value.where and caught.value.hint


@pytest.mark.parametrize(
    ("issued_for", "name", "good"),
    [
        ("*.example.com", "api.example.com", True),
        ("*.example.com", "API.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.b.example.com", False),
        ("192.0.2.1", "192.0.2.1", True),
        ("2001:db8::1", "2001:0db8::1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_names_are_covered_as_a_browser_sees_it(
    issued_for: str, name: str, good: bool, tmp_path: Path
) -> None:
    topology = described(write(tmp_path, names=[issued_for]), name)
    if good:
        assert certificate_files.check(topology)
        return
    with pytest.raises(PreflightError, match=f"is not valid for {name}; it is valid for"):
        certificate_files.check(topology)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("c.pem", None, "the certificate file cannot be read: No such file"),
        ("k.pem", None, "the key file cannot be read: No such file"),
        ("c.pem", "text", "the certificate file does not contain a PEM certificate"),
        ("k.pem", "text", "the key file does not contain an unencrypted PEM private key"),
    ],
)
def test_a_bad_file(name: str, content: str | None, said: str, tmp_path: Path) -> None:
    topology = described(write(tmp_path))
    path = tmp_path / name
    path.write_text(content) if content else path.unlink()
    with pytest.raises(PreflightError, match=said) as caught:
        certificate_files.check(topology)
    assert caught.value.where == str(path) and caught.value.hint
