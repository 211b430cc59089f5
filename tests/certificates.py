"""A user's own certificate and key, good or bad, for the tests."""

import datetime as dt
import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAMES = ("localhost", "127.0.0.1")


def write(
    folder: Path,
    *,
    days: tuple[int, int] = (-1, 90),
    names: Sequence[str] = NAMES,
    key: Literal["its own", "another's", "locked"] = "its own",
) -> dict[str, str]:
    """Write c.pem and k.pem, valid from and until so many days from now.

    Returns what topology.edge.certificate says of them.
    """
    own, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder(subject, subject, own.public_key(), x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
    )
    if names:
        given = x509.SubjectAlternativeName([_general(name) for name in names])
        builder = builder.add_extension(given, critical=False)
    form = serialization.Encoding.PEM
    (folder / "c.pem").write_bytes(builder.sign(own, hashes.SHA256()).public_bytes(form))
    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if key == "locked":
        lock = serialization.BestAvailableEncryption(b"secret")
    written = other if key == "another's" else own
    text = written.private_bytes(form, serialization.PrivateFormat.PKCS8, lock)
    (folder / "k.pem").write_bytes(text)
    return {"source": "files", "certificate": f"{folder}/c.pem", "key": f"{folder}/k.pem"}


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
