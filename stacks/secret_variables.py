"""Variables that look like a secret: a stack file shows them to everyone who has the project."""

import re
from collections.abc import Collection, Mapping

# The last word of the name decides: MAIL_PASSWORD is one, PASSWORD_MIN_LENGTH and …_FILE are not.
_NAME = re.compile(
    r"(PASSWORDS?|PASSWD|PASSPHRASE|SECRETS?|(^|_)(PASS|PWD|TOKENS?|CREDENTIALS?|DSN|KEYS?))$",
    re.IGNORECASE,
)
# Keys that are given to browsers anyway, or that name something.
_PUBLIC = re.compile(r"(^|_)(PUBLIC|PUBLISHABLE|SITE|CACHE|SORT|PARTITION)_KEYS?$", re.IGNORECASE)
_URL = re.compile(r"://[^/\s:@]*:[^/\s@]+@")
_JSON = re.compile(r'"\w*(password|secret|token|private_key)"\s*:\s*"[^"]', re.IGNORECASE)


def secret_variables(
    variables: Mapping[str, str], *, allowed: Collection[str] = ()
) -> dict[str, str]:
    """Name and reason of each variable that looks like a secret and is not `allowed`.

    An empty value is no secret.
    """
    found = {
        name: reason
        for name, value in variables.items()
        if name not in allowed and (reason := _reason(name, value=value))
    }
    return found


def _reason(name: str, *, value: str) -> str:
    if not value:
        return ""
    if _URL.search(value):
        return "its value is a URL with a password"
    if _JSON.search(value):
        return "its value is JSON with a secret"
    if _NAME.search(name) and not _PUBLIC.search(name):
        return "its name says that it is a secret"
    return ""
