"""The only reader of the environment and of secret files.

Each value is given as `NAME`, or as `NAME_FILE`: a file that holds it. A value that is missing,
empty or wrong stops the start with an error that names the variable, and never shows the value.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.redis.address import Redis

SECRET_KEY_LENGTH = 50
JWT_KEY_LENGTH = 43  # 256 bits, as base64 without padding writes them
MODES = ("development", "staging", "production")


class ConfigurationError(Exception):
    """A variable is missing or wrong.

    No ImproperlyConfigured: Django's command line swallows that one for a while.
    """


def fail(name: str, reason: str) -> ConfigurationError:
    """The error for one variable."""
    return ConfigurationError(f"configuration: {name} {reason}")


def _given(name: str) -> str | None:
    """The value of NAME, or of the file that NAME_FILE names; None when neither is given."""
    path = os.environ.get(f"{name}_FILE", "")
    if not path:
        return os.environ.get(name)
    if os.environ.get(name):
        raise fail(name, f"and {name}_FILE are both set: keep one")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise fail(f"{name}_FILE", f"cannot be read: {path}: {why}") from None


def text(name: str, *, default: str | None = None) -> str:
    """One value as text."""
    value = _given(name)
    if value is None and default is not None:
        return default
    if value is None or not value.strip():
        raise fail(name, f"is missing or empty: set {name}, or {name}_FILE to a file's path")
    return value.strip()


def number(name: str, *, default: int | None = None, least: int = 0, most: int = 65535) -> int:
    """One value as a whole number between `least` and `most`."""
    value = text(name, default=None if default is None else str(default))
    if not value.isascii() or not value.isdecimal() or not least <= int(value) <= most:
        raise fail(name, f"must be a whole number from {least} to {most}")
    return int(value)


def names(name: str, *, default: str | None = None) -> list[str]:
    """One value as a list: comma between the items."""
    return [item.strip() for item in text(name, default=default).split(",") if item.strip()]


def choice(name: str, *, default: str | None = None, of: Sequence[str]) -> str:
    """One value that is one of a few words."""
    value = text(name, default=default)
    if value not in of:
        raise fail(name, f"must be {', '.join(of[:-1])} or {of[-1]}")
    return value


def _secret_keys() -> tuple[str, ...]:
    """Keys with space or line ends between them: the first signs, the others are accepted."""
    keys = tuple(text("SECRET_KEY").split())
    if any(len(key) < SECRET_KEY_LENGTH for key in keys):
        raise fail("SECRET_KEY", f"holds a key shorter than {SECRET_KEY_LENGTH} characters")
    return keys


def _jwt_keys() -> tuple[str, ...]:
    """Keys with space or line ends between them: the first signs, the others are accepted."""
    keys = tuple(text("JWT_KEYS").split())
    if any(len(key) < JWT_KEY_LENGTH for key in keys):
        raise fail("JWT_KEYS", f"holds a key shorter than {JWT_KEY_LENGTH} characters")
    if len(set(keys)) != len(keys):
        raise fail("JWT_KEYS", "names a key twice")
    if set(keys) & set((_given("SECRET_KEY") or "").split()):
        raise fail("JWT_KEYS", "must not hold SECRET_KEY")
    return keys


def _debug() -> bool:
    """Tracebacks to the client and cookies over plain HTTP: for a developer's own machine only."""
    wanted = number("APP_DEBUG", default=0, most=1) == 1
    if wanted and text("APP_ENV") != "development":
        raise fail("APP_DEBUG", "may be 1 only where APP_ENV is development")
    return wanted


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where something listens."""

    host: str
    port: int


def servers(name: str) -> tuple[Server, ...]:
    """One value as `host:port`, comma between two; none when it is not given."""
    found = []
    for item in names(name, default=""):
        host, _, port = item.rpartition(":")
        if not host or not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65536:
            raise fail(name, "must be host:port, with a comma between two")
        found.append(Server(host=host, port=int(port)))
    return tuple(found)


def _milliseconds(name: str, *, default: int) -> int:
    """A limit; 0 would be none, and is refused."""
    return number(name, default=default, least=1, most=3_600_000)


@dataclass(frozen=True, kw_only=True)
class Database:
    """Where PostgreSQL is, and how many connections one process keeps.

    What waits longer (milliseconds) for a statement, a lock or the next statement of an open
    transaction is ended by the server.
    """

    host: str = field(default_factory=lambda: text("DATABASE_HOST"))
    port: int = field(default_factory=lambda: number("DATABASE_PORT", default=5432, least=1))
    name: str = field(default_factory=lambda: text("DATABASE_NAME"))
    user: str = field(default_factory=lambda: text("DATABASE_USER"))
    password: str = field(default_factory=lambda: text("DATABASE_PASSWORD"), repr=False)
    pool_min: int = field(default_factory=lambda: number("DATABASE_POOL_MIN", default=1, most=1000))
    pool_max: int = field(
        default_factory=lambda: number("DATABASE_POOL_MAX", default=4, least=1, most=1000)
    )
    replicas: tuple[Server, ...] = field(default_factory=lambda: servers("DATABASE_REPLICAS"))
    statement_timeout: int = field(
        default_factory=lambda: _milliseconds("DATABASE_STATEMENT_TIMEOUT", default=30_000)
    )
    lock_timeout: int = field(
        default_factory=lambda: _milliseconds("DATABASE_LOCK_TIMEOUT", default=10_000)
    )
    idle_timeout: int = field(
        default_factory=lambda: _milliseconds("DATABASE_IDLE_TIMEOUT", default=60_000)
    )
    prepared_statements: bool = field(
        default_factory=lambda: number("DATABASE_PREPARED_STATEMENTS", default=1, most=1) == 1
    )

    def __post_init__(self) -> None:
        if self.pool_min > self.pool_max:
            raise fail("DATABASE_POOL_MIN", "is above DATABASE_POOL_MAX")


def _redis(prefix: str) -> Redis:
    """Read PREFIX_HOST, or PREFIX_SENTINELS in its place, and what belongs to it."""
    sentinels = servers(f"{prefix}_SENTINELS")
    return Redis(
        host=text(f"{prefix}_HOST", default="" if sentinels else None),
        port=number(f"{prefix}_PORT", default=6379, least=1),
        password=text(f"{prefix}_PASSWORD"),
        first=number("REDIS_FIRST_DATABASE", default=0, most=1000),
        sentinels=tuple(f"{each.host}:{each.port}" for each in sentinels),
        name=text(f"{prefix}_SENTINEL_NAME", default=prefix.lower()),
        sentinel_password=text(f"{prefix}_SENTINEL_PASSWORD", default=""),
    )


@dataclass(frozen=True, kw_only=True)
class Environment:
    """All that the service is told from outside, checked."""

    mode: str = field(default_factory=lambda: choice("APP_ENV", of=MODES))
    secret_keys: tuple[str, ...] = field(default_factory=_secret_keys, repr=False)
    jwt_keys: tuple[str, ...] = field(default_factory=_jwt_keys, repr=False)
    allowed_hosts: list[str] = field(default_factory=lambda: names("APP_ALLOWED_HOSTS"))
    trusted_origins: list[str] = field(
        default_factory=lambda: names("APP_TRUSTED_ORIGINS", default="")
    )
    log_level: str = field(default_factory=lambda: text("APP_LOG_LEVEL", default="INFO").upper())
    release: str = field(default_factory=lambda: text("RELEASE_ID", default="unreleased"))
    version: str = field(default_factory=lambda: text("APP_VERSION", default="0.0.0"))
    static_root: str = field(default_factory=lambda: text("STATIC_ROOT", default="/srv/static"))
    database: Database = field(default_factory=Database)
    cache: Redis = field(default_factory=lambda: _redis("CACHE"))
    queue: Redis = field(default_factory=lambda: _redis("QUEUE"))
    debug: bool = field(default_factory=_debug)

    @property
    def secret_key(self) -> str:
        """The one that signs."""
        return self.secret_keys[0]
