"""The front edge_address's lock: protocol versions, certificate, chain."""

import socket
import ssl
import warnings
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from cryptography import x509

from stacks.topology import Topology
from tests.host.environment import EdgeAddress


def greet(edge_address: EdgeAddress, *, version: ssl.TLSVersion | None = None) -> ssl.SSLSocket:
    """Shake hands with the edge, in one version of the protocol if told so."""
    context = edge_address.trust()
    if version is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            # Today's libraries offer old versions at this level only; the edge must refuse them.
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            context.minimum_version = version
            context.maximum_version = version
    plain = socket.create_connection((edge_address.host, edge_address.https_port), timeout=5)
    try:
        return context.wrap_socket(plain, server_hostname=edge_address.name)
    except ssl.SSLError:
        plain.close()
        raise


@pytest.fixture(scope="module")
def certificate(edge_address: EdgeAddress) -> x509.Certificate:
    """The certificate that the edge shows, its chain checked on the way."""
    with greet(edge_address) as connection:
        shown = connection.getpeercert(binary_form=True)
    assert shown, "the edge showed no certificate"
    return x509.load_der_x509_certificate(shown)


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_modern_tls_is_accepted(edge_address: EdgeAddress, version: str) -> None:
    with greet(edge_address, version=ssl.TLSVersion[version]) as connection:
        assert connection.version() == version.replace("_", ".")


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
def test_old_tls_is_refused_by_the_edge(edge_address: EdgeAddress, version: str) -> None:
    with pytest.raises(ssl.SSLError) as refused:
        greet(edge_address, version=ssl.TLSVersion[version]).close()
    # An alert comes from the other side: our own library did not refuse in its stead.
    assert "ALERT_PROTOCOL_VERSION" in str(refused.value.reason)


def test_the_certificate_names_every_server_name(
    certificate: x509.Certificate, topology: Topology
) -> None:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    named = set(names.get_values_for_type(x509.DNSName))
    named |= {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    assert named, "the certificate names nobody"
    missing = {name for name in topology.edge.server_names if not covers(named, name)}
    assert not missing


def covers(named: set[str], name: str) -> bool:
    """Whether a certificate for `named` is good for `name`; a star stands for one label."""
    try:
        return str(ip_address(name)) in named
    except ValueError:
        return name in named or f"*.{name.partition('.')[2]}" in named


def test_the_certificate_is_valid_today(certificate: x509.Certificate) -> None:
    now = datetime.now(UTC)
    assert certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc


def test_another_authority_is_not_trusted(edge_address: EdgeAddress) -> None:
    with greet(edge_address) as connection:
        assert connection.version(), "the right authority is trusted"
    strict = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    plain = socket.create_connection((edge_address.host, edge_address.https_port), timeout=5)
    with plain, pytest.raises(ssl.SSLCertVerificationError):
        strict.wrap_socket(plain, server_hostname=edge_address.name)
