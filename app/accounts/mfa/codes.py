"""The codes of a second factor: six digits of an app (RFC 6238), or one of ten that were kept."""

import hashlib
import secrets
import time
from base64 import b32encode

from django.conf import settings
from django.utils.crypto import constant_time_compare
from pyotp import TOTP, random_base32

STEP = 30  # seconds; SHA-1 and six digits, since not every app knows another
TOLERANCE = 1  # steps that a clock may be off, to either side (RFC 6238, 5.2)
DIGITS = 6
RECOVERY_CODES = 10
RECOVERY_BYTES = 15  # 120 bits: a hash without salt or stretching will do (ASVS 5.0, 6.5.2)
GROUP = 4


def new_secret() -> str:
    """160 bits, as an app takes them (RFC 4226, 4)."""
    return random_base32(32)


def address(secret: str, *, account: str) -> str:
    """The otpauth:// address that a client shows as a QR code."""
    name = settings.SECOND_FACTOR_NAME
    return TOTP(secret, interval=STEP).provisioning_uri(name=account, issuer_name=name)


def step_of(code: str, *, secret: str) -> int | None:
    """The time step that a code belongs to; None where it is not one of now."""
    app, now = TOTP(secret, digits=DIGITS, interval=STEP), int(time.time()) // STEP
    steps = range(now - TOLERANCE, now + TOLERANCE + 1)
    # All are compared: how long it takes tells nothing.
    good = [step for step in steps if constant_time_compare(app.generate_otp(step), code)]
    return max(good, default=None)


def is_of_app(code: str) -> bool:
    """Whether it looks like an app's."""
    return len(code) == DIGITS and code.isascii() and code.isdecimal()


def plain(code: str) -> str:
    """A code as it is compared, however it was typed."""
    return code.replace(" ", "").replace("-", "").upper()


def new_recovery_codes() -> list[str]:
    """Codes to keep on paper, in groups that can be read."""
    return [_grouped(secrets.token_bytes(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]


def digest(code: str) -> str:
    """What is kept of a recovery code."""
    return hashlib.sha256(plain(code).encode()).hexdigest()


def _grouped(random: bytes) -> str:
    text = b32encode(random).decode()
    return "-".join(text[place : place + GROUP] for place in range(0, len(text), GROUP))
