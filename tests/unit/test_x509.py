import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from infra.providers.x509 import (
    AUTHORITY_DAYS,
    LEAF_DAYS,
    days_left,
    fingerprint,
    make_authority,
    make_leaf,
)


@pytest.fixture(scope="module")
def authority() -> tuple[str, str]:
    return make_authority("test CA")


def loaded(text: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(text.encode())


def leaf(authority: tuple[str, str], *names: str) -> tuple[str, str]:
    return make_leaf(list(names), authority=authority[0], authority_key=authority[1])


def test_a_leaf_is_signed_by_its_authority_and_no_other(authority: tuple[str, str]) -> None:
    made = loaded(leaf(authority, "localhost")[0])
    made.verify_directly_issued_by(loaded(authority[0]))
    with pytest.raises(Exception):
        made.verify_directly_issued_by(loaded(make_authority("test CA")[0]))


def test_names_and_addresses_are_told_apart(authority: tuple[str, str]) -> None:
    made = loaded(leaf(authority, "api.example.com", "127.0.0.1", "::1")[0])
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["api.example.com"]
    addresses = [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")]
    assert names.get_values_for_type(x509.IPAddress) == addresses


def test_only_the_authority_signs(authority: tuple[str, str]) -> None:
    for text, signs in ((authority[0], True), (leaf(authority, "localhost")[0], False)):
        extensions = loaded(text).extensions
        assert extensions.get_extension_for_class(x509.BasicConstraints).value.ca is signs
        assert extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign is signs


def test_the_key_is_the_certificates(authority: tuple[str, str]) -> None:
    for certificate, key in (authority, leaf(authority, "localhost")):
        own = serialization.load_pem_private_key(key.encode(), password=None)
        assert own.public_key() == loaded(certificate).public_key()


def test_lifetimes(authority: tuple[str, str]) -> None:
    assert days_left(authority[0]) in (AUTHORITY_DAYS - 1, AUTHORITY_DAYS)
    assert days_left(leaf(authority, "localhost")[0]) in (LEAF_DAYS - 1, LEAF_DAYS)


def test_a_fingerprint_is_of_one_certificate(authority: tuple[str, str]) -> None:
    first, second = leaf(authority, "localhost")[0], leaf(authority, "localhost")[0]
    assert fingerprint(first) == fingerprint(first) != fingerprint(second)


def test_a_key_of_another_kind_is_refused(authority: tuple[str, str]) -> None:
    from cryptography.hazmat.primitives.asymmetric import ed25519

    key = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(TypeError, match="not an EC key"):
        make_leaf(["localhost"], authority=authority[0], authority_key=key.decode())
