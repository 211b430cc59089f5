"""Codes by which a user agrees to become a member: signed, and valid for a week.

Without one, any account could read the name of every other, by adding one id after the other to a
project of its own.
"""

from datetime import timedelta

from django.core import signing

LIFETIME = timedelta(days=7)
MAX_LENGTH = 200
SALT = "domains.projects.member_codes"


def new_code(user_id: int) -> str:
    """The code that lets owners add this account."""
    return signing.dumps(user_id, salt=SALT)


def is_code_of(user_id: int, code: str) -> bool:
    """Whether this account created the code, less than LIFETIME ago."""
    try:
        return bool(signing.loads(code[:MAX_LENGTH], salt=SALT, max_age=LIFETIME) == user_id)
    except (signing.BadSignature, ValueError):
        return False
