"""What an account gives to an owner who shall add it to a project: a signed code for a week.

Without it any account, as the owner of a project of its own, could have read the name of every
other by adding one number after the other. With it the other one has agreed.
"""

from datetime import timedelta

from django.core import signing

LIFETIME = timedelta(days=7)
LONGEST = 200
SALT = "domains.projects.member_codes"


def new_code(user_id: int) -> str:
    """The code that lets owners add this account."""
    return signing.dumps(user_id, salt=SALT)


def is_code_of(user_id: int, code: str) -> bool:
    """Whether the account with this number made the code, and not too long ago."""
    try:
        return bool(signing.loads(code[:LONGEST], salt=SALT, max_age=LIFETIME) == user_id)
    except (signing.BadSignature, ValueError):
        return False
