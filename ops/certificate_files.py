"""The user's own certificate: there, readable, valid today, and the key is its key."""

import datetime as dt
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization as pem

from stacks.errors import PreflightError
from stacks.topology import PROJECT, Topology


def check(topology: Topology) -> str:
    """What was found, in a line. Raises PreflightError naming the file that is wrong."""
    wanted = topology.edge.certificate
    if wanted.source == "local":
        return "certificate: by the local authority"
    certificate = PROJECT / (wanted.certificate or "")
    key = PROJECT / (wanted.key or "")
    first = _certificate(certificate)
    _valid_now(first, path=certificate)
    if _public(first.public_key()) != _key(key):
        raise PreflightError(
            f"the key {key.name} does not match the certificate {certificate.name}",
            where="topology.edge.certificate",
            hint="give the key that the certificate was made for; its own certificate comes first",
        )
    return f"certificate: yours, until {first.not_valid_after_utc:%Y-%m-%d}"


def _read(path: Path, *, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PreflightError(
            f"the {what} file cannot be read: {error.strerror}",
            where=str(path),
            hint=f"topology.edge.certificate.{what} names it, from the project's folder",
        ) from error


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(_read(path, what="certificate"))[0]
    except ValueError as error:
        raise PreflightError(
            "the certificate file holds no PEM certificate", where=str(path)
        ) from error


def _valid_now(certificate: x509.Certificate, *, path: Path) -> None:
    now = dt.datetime.now(dt.UTC)
    if certificate.not_valid_after_utc < now:
        raise PreflightError(
            f"the certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d}",
            where=str(path),
            hint="renew it, or set topology.edge.certificate.source to 'local'",
        )
    if certificate.not_valid_before_utc > now:
        raise PreflightError(
            f"the certificate is valid only from {certificate.not_valid_before_utc:%Y-%m-%d}",
            where=str(path),
        )


def _key(path: Path) -> bytes:
    try:
        return _public(pem.load_pem_private_key(_read(path, what="key"), None).public_key())
    except TypeError as error:
        raise PreflightError(
            "the key has a passphrase, and Nginx could not start with it", where=str(path)
        ) from error
    except ValueError as error:
        raise PreflightError("the key file holds no PEM private key", where=str(path)) from error


def _public(key: object) -> bytes:
    """A public key in one form, to be compared."""
    form = pem.PublicFormat.SubjectPublicKeyInfo
    encoded: bytes = key.public_bytes(pem.Encoding.PEM, form)  # type: ignore[attr-defined]
    return encoded
