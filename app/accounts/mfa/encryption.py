"""Keeps secrets so that a copy of the database opens nothing.

A seal's key comes from SECRET_KEY (HKDF, RFC 5869), and from whose secret it is: one that is moved
to another account's row cannot be opened there. The other keys in SECRET_KEY open old seals until
`manage.py reencrypt` has made them anew. JWT_KEYS would be worse: they go after seven days.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class DecryptionError(Exception):
    """It was sealed with a key that is not there any more, or for somebody else."""


def encrypt(text: str, *, owner: int) -> str:
    """The text, readable with our keys only."""
    return _of(owner).encrypt(text.encode()).decode()


def decrypt(sealed: str, *, owner: int) -> str:
    """The text. Raises DecryptionError."""
    try:
        return _of(owner).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise DecryptionError() from error


def _of(owner: int) -> MultiFernet:
    """The newest key seals, all open."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_derived(key, owner=owner)) for key in keys])


def _derived(key: str, *, owner: int) -> bytes:
    purpose = f"accounts.mfa.encryption:{owner}".encode()
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key.encode())
    return urlsafe_b64encode(made)
