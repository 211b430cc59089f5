"""Detect files that look like secrets: everyone who has the image could read them."""

import re
from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

# Names, compared in lower case.
EXAMPLES = ("*.example", "*.sample", "*.template", "*.dist", "*.j2")
NAMES = (
    *(".env*", "*.env", "credentials*.json", "*credentials.json", "client_secret*.json"),
    *("service-account*.json", "service_account*.json", "serviceaccount*.json"),
    *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*.p12", "*.pfx", "*.jks", "*.keystore"),
    *(".netrc", "_netrc", ".pgpass", ".my.cnf", ".pypirc", ".git-credentials"),
    *("*.kdbx", "*.kdb", ".htpasswd", "*.ovpn", "*.tfstate", "*.tfvars", ".boto", ".s3cfg"),
    *("secrets.yml", "secrets.yaml", "secrets.json", "secrets.toml", "secrets.ini", ".secrets*"),
)
PARTS = ((".aws", "credentials"), (".docker", "config.json"), (".kube", "config"))
# A key file may also hold what is public: then its content decides.
KEY_FILES = ("*.pem", "*.key", "*.crt", "*.cer", "*.der", "*.asc", "*.gpg")
PUBLIC_KEYS = ("*.pub",)
# Settings of package tools: they may name an index with a password.
SETTINGS = ("*requirements*.txt", "*requirements*.in", "*.lock", "pip.conf", "uv.toml", "pipfile")
_TOKEN = re.compile(rb"_(auth|authToken|password)\s*=")
_LOGIN = re.compile(rb"://[^/\s:@${}]+:[^/\s@${}]+@")
HEAD_BYTES = 64 * 1024


def secret_files(
    files: Iterable[PurePath], *, folder: Path, allowed: Collection[str] = ()
) -> dict[PurePath, str]:
    """Path (relative to the folder) and reason of each file that looks like a secret.

    `allowed` are paths or patterns (`tests/keys/*.key`) of files that are intended.
    """
    return {
        path: reason
        for path in files
        if not any(fnmatchcase(path.as_posix(), pattern) for pattern in allowed)
        and (reason := reason_of(folder / path))
    }


def reason_of(file: Path) -> str:
    """Why a file looks like a secret; empty when it does not."""
    name = file.name.lower()
    if _is(name, (*EXAMPLES, *PUBLIC_KEYS)):
        return ""
    if pattern := next((pattern for pattern in NAMES if fnmatchcase(name, pattern)), ""):
        return f"its name is like {pattern}"
    if file.parts[-2:] in PARTS:
        return f"it is {'/'.join(file.parts[-2:])}"
    with file.open("rb") as opened:
        head = opened.read(HEAD_BYTES)
    if _is(name, KEY_FILES):
        return _reason_of_key(head)
    if name == ".npmrc" and _TOKEN.search(head):
        return "it holds a token"
    if _is(name, SETTINGS) and _LOGIN.search(head):
        return "it names a URL with a password"
    # Any name: an SSH or TLS key begins with this line, and source code that names it does not.
    if head.lstrip().startswith(b"-----BEGIN ") and b"PRIVATE KEY" in head.lstrip()[:64]:
        return "it is a private key"
    return ""


def _reason_of_key(head: bytes) -> str:
    if b"PRIVATE KEY" in head:
        return "it holds a private key"
    if b"-----BEGIN " in head:  # a certificate, or a public key
        return ""
    return "it is a key file whose content does not say that it is public" if head.strip() else ""


def _is(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
