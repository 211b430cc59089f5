"""The user's own certificate and key, and what is said of each that is no good."""

import datetime as dt
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ops import certificate_files
from stacks.errors import PreflightError
from stacks.topology import Topology
from tests.unit.test_ops_preflight import topology


def make(folder: Path, *, days: tuple[int, int], other_key: str = "") -> Topology:
    """A certificate valid from and until so many days from now, and a topology that names it."""
    key, second = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    (folder / "c.pem").write_bytes(certificate.public_bytes(form))
    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if other_key == "locked":
        lock = serialization.BestAvailableEncryption(b"secret")
    given = second if other_key == "other" else key
    (folder / "k.pem").write_bytes(
        given.private_bytes(form, serialization.PrivateFormat.PKCS8, lock)
    )
    named = {"source": "files", "certificate": f"{folder}/c.pem", "key": f"{folder}/k.pem"}
    return topology(edge={"certificate": named})


def test_a_good_certificate(tmp_path: Path) -> None:
    assert "yours, until" in certificate_files.check(make(tmp_path, days=(-1, 10)))
    assert "local authority" in certificate_files.check(topology())


@pytest.mark.parametrize(
    ("days", "other_key", "said"),
    [
        ((-10, -1), "", "the certificate expired on"),
        ((1, 10), "", "valid only from"),
        ((-1, 10), "other", "the key k.pem does not match the certificate c.pem"),
        ((-1, 10), "locked", "the key has a passphrase"),
    ],
)
def test_a_bad_certificate(
    days: tuple[int, int], other_key: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(PreflightError, match=said):
        certificate_files.check(make(tmp_path, days=days, other_key=other_key))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("c.pem", None, "the certificate file cannot be read: No such file"),
        ("k.pem", None, "the key file cannot be read: No such file"),
        ("c.pem", "text", "the certificate file holds no PEM certificate"),
        ("k.pem", "text", "the key file holds no PEM private key"),
    ],
)
def test_a_bad_file(name: str, content: str | None, said: str, tmp_path: Path) -> None:
    described = make(tmp_path, days=(-1, 10))
    path = tmp_path / name
    path.write_text(content) if content else path.unlink()
    with pytest.raises(PreflightError, match=said) as caught:
        certificate_files.check(described)
    assert caught.value.where == str(path)
