"""Encrypts the secrets of second factors, so that a copy of the database reveals none.

The key is derived from SECRET_KEY (HKDF, RFC 5869) and the owner's id: a secret that is moved to
another account's row cannot be decrypted. The other keys in SECRET_KEY decrypt older values until
`manage.py reencrypt` has run. JWT_KEYS would not do: they are removed seven days after a rotation.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class DecryptionError(Exception):
    """The value was encrypted with a key that was removed, or for another owner."""


def encrypt(text: str, *, owner: int) -> str:
    """The encrypted text."""
    return _fernet(owner).encrypt(text.encode()).decode()


def decrypt(encrypted: str, *, owner: int) -> str:
    """The text. Raises DecryptionError."""
    try:
        return _fernet(owner).decrypt(encrypted.encode()).decode()
    except InvalidToken as error:
        raise DecryptionError() from error


def _fernet(owner: int) -> MultiFernet:
    """The newest key encrypts, all keys decrypt."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_derive(key, owner=owner)) for key in keys])


def _derive(key: str, *, owner: int) -> bytes:
    purpose = f"accounts.mfa.encryption:{owner}".encode()
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key.encode())
    return urlsafe_b64encode(derived)
