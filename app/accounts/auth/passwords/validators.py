"""Refuses passwords made of this service's own names (OWASP ASVS 5.0, 6.1.2 and 6.2.11).

The words: the names of the product and the service, the names of roles, and each part of the host
names that the service answers to.
"""

import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

WORDS = frozenset({"upshift", "service", "admin", "administrator", "operator", "editor", "owner"})
# Common substitutions of letters: P@ssw0rd is the same word as password.
SUBSTITUTIONS = str.maketrans("@4310$57", "aaeiosst")


def forbidden_words() -> frozenset[str]:
    """All words, in lower case."""
    names = {part for host in settings.ALLOWED_HOSTS for part in re.split(r"[^a-z]+", host.lower())}
    return WORDS | {name for name in names if len(name) > 3}


class ServiceNameValidator:
    """A password validator for Django: what remains without the words must be long enough."""

    MIN_REST = 8

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        rest = password.lower().translate(SUBSTITUTIONS)
        for word in forbidden_words():
            rest = rest.replace(word, "")
        if len(rest) < min(self.MIN_REST, len(password)):
            raise ValidationError(self.get_help_text(), code="password_service_name")

    def get_help_text(self) -> str:
        """The text for forms."""
        return "The password must not be made of this service's own names."
