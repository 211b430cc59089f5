"""Check the user's own certificate: readable, valid today, for every name, and the right key."""

import datetime as dt
import ipaddress
from collections.abc import Collection, Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization as pem

from stacks.errors import PreflightError
from stacks.topology import PROJECT, Topology

EXPIRES_SOON_DAYS = 14


def check(topology: Topology) -> str:
    """The result, in a line. Raises PreflightError, naming the file that is wrong."""
    wanted = topology.edge.certificate
    if wanted.source == "local":
        return "certificate: from the local authority"
    certificate = PROJECT / (wanted.certificate or "")
    key = PROJECT / (wanted.key or "")
    first = _certificate(certificate)
    _check_dates(first, path=certificate)
    _check_names(first, names=topology.edge.server_names, path=certificate)
    if _public(first.public_key()) != _key(key):
        raise PreflightError(
            f"the key {key.name} does not match the certificate {certificate.name}",
            where=f"{certificate}, {key}",
            hint="name its key; in the certificate file, the server's own certificate comes first",
        )
    return f"certificate: your own, valid until {first.not_valid_after_utc:%Y-%m-%d}"


def warning(topology: Topology) -> str:
    """The warning for a certificate that expires soon; else empty."""
    wanted = topology.edge.certificate
    if wanted.source == "local":
        return ""
    path = PROJECT / (wanted.certificate or "")
    left = (_certificate(path).not_valid_after_utc - dt.datetime.now(dt.UTC)).days
    if left >= EXPIRES_SOON_DAYS:
        return ""
    return f"the certificate {path} expires in {left} days: renew it, then ops up {topology.stack}"


def _read(path: Path, *, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PreflightError(
            f"the {what} file cannot be read: {error.strerror}",
            where=str(path),
            hint=f"topology.edge.certificate.{what} is its path, relative to the project's folder",
        ) from error


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(_read(path, what="certificate"))[0]
    except ValueError as error:
        raise PreflightError(
            "the certificate file does not contain a PEM certificate",
            where=str(path),
            hint="a PEM file begins with -----BEGIN CERTIFICATE-----; convert it with openssl x509",
        ) from error


def _check_dates(certificate: x509.Certificate, *, path: Path) -> None:
    now = dt.datetime.now(dt.UTC)
    if certificate.not_valid_after_utc < now:
        raise PreflightError(
            f"the certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d}",
            where=str(path),
            hint="renew it, or set topology.edge.certificate.source to 'local'",
        )
    if certificate.not_valid_before_utc > now:
        raise PreflightError(
            f"the certificate is not valid before {certificate.not_valid_before_utc:%Y-%m-%d}",
            where=str(path),
            hint="check this machine's clock, or use a certificate that is valid now",
        )


def _check_names(certificate: x509.Certificate, *, names: Iterable[str], path: Path) -> None:
    try:
        given = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        given = x509.SubjectAlternativeName([])
    hosts = {name.lower() for name in given.get_values_for_type(x509.DNSName)}
    addresses = set(given.get_values_for_type(x509.IPAddress))
    missing = [name for name in names if not _covered(name, hosts=hosts, addresses=addresses)]
    if missing:
        known = ", ".join(sorted([*hosts, *map(str, addresses)])) or "no name"
        raise PreflightError(
            f"the certificate is not valid for {', '.join(missing)}; it is valid for {known}",
            where=str(path),
            hint="request one for every name in topology.edge.server_names, or remove the name",
        )


def _covered(name: str, *, hosts: set[str], addresses: Collection[object]) -> bool:
    """As browsers match: an address exactly, and `*` for one label (RFC 6125, 6.4.3)."""
    try:
        return ipaddress.ip_address(name) in addresses
    except ValueError:
        host = name.lower()
        return host in hosts or f"*.{host.partition('.')[2]}" in hosts


def _key(path: Path) -> bytes:
    try:
        return _public(pem.load_pem_private_key(_read(path, what="key"), None).public_key())
    except TypeError as error:
        raise PreflightError(
            "the key has a passphrase, and Nginx could not start with it",
            where=str(path),
            hint="openssl pkey -in KEY -out PLAIN_KEY, and name that one",
        ) from error
    except ValueError as error:
        raise PreflightError(
            "the key file does not contain an unencrypted PEM private key",
            where=str(path),
            hint="such a file begins with -----BEGIN PRIVATE KEY----- (or EC, or RSA)",
        ) from error


def _public(key: object) -> bytes:
    """A public key in one form, to be compared."""
    form = pem.PublicFormat.SubjectPublicKeyInfo
    encoded: bytes = key.public_bytes(pem.Encoding.PEM, form)  # type: ignore[attr-defined]
    return encoded
