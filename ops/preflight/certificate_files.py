"""The user's own certificate: readable, valid today, for every name, and the key is its key."""

import datetime as dt
import ipaddress
from collections.abc import Collection, Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization as pem

from stacks.errors import PreflightError
from stacks.topology import PROJECT, Topology

ENDS_SOON = 14  # days


def check(topology: Topology) -> str:
    """What was found, in a line. Raises PreflightError naming the file that is wrong."""
    wanted = topology.edge.certificate
    if wanted.source == "local":
        return "certificate: by the local authority"
    certificate = PROJECT / (wanted.certificate or "")
    key = PROJECT / (wanted.key or "")
    first = _certificate(certificate)
    _valid_now(first, path=certificate)
    _covers(first, names=topology.edge.server_names, path=certificate)
    if _public(first.public_key()) != _key(key):
        raise PreflightError(
            f"the key {key.name} does not match the certificate {certificate.name}",
            where=f"{certificate}, {key}",
            hint="give the key that the certificate was made for; its own certificate comes first",
        )
    return f"certificate: yours, until {first.not_valid_after_utc:%Y-%m-%d}"


def warning(topology: Topology) -> str:
    """What is to be said of a good certificate that ends soon; empty when there is nothing."""
    wanted = topology.edge.certificate
    if wanted.source == "local":
        return ""
    path = PROJECT / (wanted.certificate or "")
    left = (_certificate(path).not_valid_after_utc - dt.datetime.now(dt.UTC)).days
    if left >= ENDS_SOON:
        return ""
    return f"the certificate {path} ends in {left} days: renew it, then run `ops up` again"


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
            "the certificate file holds no PEM certificate",
            where=str(path),
            hint="its first line is -----BEGIN CERTIFICATE-----; your issuer can convert it",
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
            hint="is this machine's clock right? Else wait, or use the one that is valid now",
        )


def _covers(certificate: x509.Certificate, *, names: Iterable[str], path: Path) -> None:
    try:
        given = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        given = x509.SubjectAlternativeName([])
    hosts = {name.lower() for name in given.get_values_for_type(x509.DNSName)}
    addresses = set(given.get_values_for_type(x509.IPAddress))
    missing = [name for name in names if not _covered(name, hosts=hosts, addresses=addresses)]
    if missing:
        known = ", ".join(sorted([*hosts, *map(str, addresses)])) or "no name at all"
        raise PreflightError(
            f"the certificate is not for {', '.join(missing)}, but for {known}",
            where=str(path),
            hint="have it issued for every name of topology.edge.server_names, or drop the name",
        )


def _covered(name: str, *, hosts: set[str], addresses: Collection[object]) -> bool:
    """As a browser sees it: an address by itself, and `*` for one label (RFC 6125, 6.4.3)."""
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
            "the key file holds no PEM private key",
            where=str(path),
            hint="its first line is -----BEGIN PRIVATE KEY----- (or EC, or RSA)",
        ) from error


def _public(key: object) -> bytes:
    """A public key in one form, to be compared."""
    form = pem.PublicFormat.SubjectPublicKeyInfo
    encoded: bytes = key.public_bytes(pem.Encoding.PEM, form)  # type: ignore[attr-defined]
    return encoded
