"""The codes of a second factor: six digits of an app (TOTP, RFC 6238), or a recovery code."""

import hashlib
import secrets
import time
from base64 import b32encode

from django.conf import settings
from django.utils.crypto import constant_time_compare
from pyotp import TOTP, random_base32

STEP_SECONDS = 30  # with SHA-1 and six digits, because not every app supports others
TOLERANCE_STEPS = 1  # that a clock may be off, to either side (RFC 6238, 5.2)
DIGITS = 6
RECOVERY_CODES = 10
RECOVERY_BYTES = 15  # 120 bits: a hash without salt or stretching is enough (ASVS 5.0, 6.5.2)
GROUP_LENGTH = 4


def new_secret() -> str:
    """A secret of 160 bits, in base32 (RFC 4226, 4)."""
    return random_base32(32)


def provisioning_uri(secret: str, *, account: str) -> str:
    """The otpauth:// URI that a client shows as a QR code."""
    issuer = settings.SECOND_FACTOR_NAME
    return TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=account, issuer_name=issuer)


def time_step(code: str, *, secret: str) -> int | None:
    """The time step of a code of the app; None when it is not valid now."""
    app, now = TOTP(secret, digits=DIGITS, interval=STEP_SECONDS), int(time.time()) // STEP_SECONDS
    steps = range(now - TOLERANCE_STEPS, now + TOLERANCE_STEPS + 1)
    # All are compared, so that the time it takes reveals nothing.
    valid = [step for step in steps if constant_time_compare(app.generate_otp(step), code)]
    return max(valid, default=None)


def is_app_code(code: str) -> bool:
    """Whether it has the form of an app's code."""
    return len(code) == DIGITS and code.isascii() and code.isdecimal()


def normalize(code: str) -> str:
    """The code without spaces and hyphens, in upper case."""
    return code.replace(" ", "").replace("-", "").upper()


def new_recovery_codes() -> list[str]:
    """Ten codes, in groups of letters and digits."""
    return [_grouped(secrets.token_bytes(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]


def digest(code: str) -> str:
    """The hash that is stored of a recovery code."""
    return hashlib.sha256(normalize(code).encode()).hexdigest()


def _grouped(random: bytes) -> str:
    text = b32encode(random).decode()
    return "-".join(
        text[place : place + GROUP_LENGTH] for place in range(0, len(text), GROUP_LENGTH)
    )
