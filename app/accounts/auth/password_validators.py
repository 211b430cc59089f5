"""Refuses passwords that are made of this service's own words (OWASP ASVS 5.0, 6.1.2 and 6.2.11).

The words: the product's and the service's names, what an account may be called by its role, and
each part of the names that the service answers to.
"""

import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

WORDS = frozenset({"upshift", "service", "admin", "administrator", "operator", "editor", "owner"})
# As people replace letters: P@ssw0rd is no other word than password.
SEEN_AS = str.maketrans("@4310$57", "aaeiosst")


def words() -> frozenset[str]:
    """All of them, as they are compared."""
    names = {part for host in settings.ALLOWED_HOSTS for part in re.split(r"[^a-z]+", host.lower())}
    return WORDS | {name for name in names if len(name) > 3}


class ServiceNameValidator:
    """Django's password validator. What is added to a word must be worth a password by itself."""

    LEFT = 8

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        left = password.lower().translate(SEEN_AS)
        for word in words():
            left = left.replace(word, "")
        if len(left) < min(self.LEFT, len(password)):
            raise ValidationError(self.get_help_text(), code="password_own_words")

    def get_help_text(self) -> str:
        """What a form says."""
        return "The password must not be made of this service's own names."
