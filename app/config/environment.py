"""What the environment tells the service, by subject, checked by pydantic-settings.

Each value is given as NAME, or as NAME_FILE: a file that holds it. A value that is missing, empty
or wrong stops the start with an error that names the variable and never shows a value.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from accounts.social.provider import Provider
from config.variables import (
    Keys,
    Milliseconds,
    Names,
    Networks,
    Port,
    ProviderVariables,
    Rate,
    Secret,
    Section,
    Servers,
    Text,
    load,
    prefixed,
)
from core.redis.address import Redis

ORIGINS = "must name origins such as https://app.example.com"
ORIGIN = r"https?://[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?"
FOLDER = r"[a-z0-9_-]+(/[a-z0-9_-]+)*/"
TOKEN_LENGTH = 32  # characters: nobody guesses one


class Application(Section):
    """APP_...: the deployment, requests, logins."""

    model_config = prefixed("APP_")
    env: Literal["development", "staging", "production"]
    # Tracebacks to the client and cookies over plain HTTP: for a developer's own machine only.
    debug: bool = False
    allowed_hosts: Annotated[Names, Field(min_length=1)]
    trusted_origins: Names = ()
    version: Text = "0.0.0"
    log_level: Text = "INFO"
    admin_path: Text = "admin/"
    cors_origins: Names = ()
    max_body_bytes: int = Field(default=1_048_576, ge=1024, le=100_000_000)
    idempotency_seconds: int = Field(default=86_400, ge=60, le=2_592_000)
    # Their X-Real-IP is trusted; a unix socket needs none.
    trusted_proxies: Networks = ()
    searches_at_once: int = Field(default=2, ge=1, le=1000)
    search_timeout_ms: int = Field(default=2000, ge=50, le=60_000)
    slow_request_ms: int = Field(default=500, ge=0, le=600_000)
    worker_metrics_port: int = Field(default=9808, ge=0, le=65_535)
    refresh_grace_seconds: int = Field(default=10, ge=0, le=60)
    second_factor: Literal["offered", "staff", "everyone"] = "offered"
    second_factor_name: Text = "Upshift service"

    @field_validator("admin_path")
    @classmethod
    def _admin_path_is_free(cls, path: str) -> str:
        taken = path.startswith(("api/", "static/", "health/", "metrics/"))
        if taken or not re.fullmatch(FOLDER, path):
            raise ValueError("must be a path such as back/office/, without a first slash")
        return path

    @field_validator("cors_origins")
    @classmethod
    def _origins_are_whole(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        # A star would be every site.
        if not all(re.fullmatch(ORIGIN, each) for each in origins):
            raise ValueError(ORIGINS)
        return origins

    @model_validator(mode="after")
    def _development_only(self) -> Self:
        if self.debug and self.env != "development":
            raise ValueError("APP_DEBUG may be 1 only where APP_ENV is development")
        if not self.debug and any(each.startswith("http://") for each in self.cors_origins):
            raise ValueError(f"APP_CORS_ORIGINS {ORIGINS}")
        return self


class Rates(Section):
    """APP_RATE_...: by client address, and by account, whoever the client is."""

    model_config = prefixed("APP_RATE_")
    login_address: Rate = "30/m"
    login_account: Rate = "10/m"
    # For one account from one address, and from one device that logged in before (`limit_login`).
    login_account_address: Rate = "5/m"
    login_device: Rate = "10/m"
    code_account: Rate = "20/h"
    refresh_address: Rate = "120/m"
    refresh_account: Rate = "30/m"
    register_address: Rate = "10/h"
    register_account: Rate = "3/h"
    reset_address: Rate = "10/h"
    reset_account: Rate = "3/h"
    write_address: Rate = "600/m"
    write_account: Rate = "1200/m"


class Database(Section):
    """DATABASE_...: PostgreSQL, its read replicas, and the connections that one process keeps.

    The server ends what waits longer for a statement, a lock, or the next statement of an open
    transaction.
    """

    model_config = prefixed("DATABASE_")
    host: Text
    port: Port = 5432
    name: Text
    user: Text
    password: Secret
    pool_min: int = Field(default=1, ge=0, le=1000)
    pool_max: int = Field(default=4, ge=1, le=1000)
    replicas: Servers = ()
    statement_timeout: Milliseconds = 30_000
    lock_timeout: Milliseconds = 10_000
    idle_timeout: Milliseconds = 60_000
    prepared_statements: bool = True

    @model_validator(mode="after")
    def _pool_is_a_range(self) -> Self:
        if self.pool_min > self.pool_max:
            raise ValueError("DATABASE_POOL_MIN is above DATABASE_POOL_MAX")
        return self


class RedisVariables(Section):
    """CACHE_... or QUEUE_...: a server, or the Sentinels that name one."""

    host: str = ""
    port: Port = 6379
    password: Secret
    sentinels: Servers = ()
    sentinel_name: str = ""
    sentinel_password: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _has_an_address(self) -> Self:
        name = f"{self.model_config['env_prefix']}HOST"
        if not self.host.strip() and not self.sentinels:
            raise ValueError(f"{name} is missing or empty: set {name}, or {name}_FILE to a path")
        return self

    def redis(self, *, first: int) -> Redis:
        """The server; `first` is added to each of its database numbers."""
        return Redis(
            host=self.host.strip(),
            port=self.port,
            password=self.password.get_secret_value(),
            first=first,
            sentinels=tuple(f"{each.host}:{each.port}" for each in self.sentinels),
            name=self.sentinel_name,
            sentinel_password=self.sentinel_password.get_secret_value(),
        )


class Cache(RedisVariables):
    """The Redis that evicts."""

    model_config = prefixed("CACHE_")
    sentinel_name: str = "cache"


class Queue(RedisVariables):
    """The Redis that evicts nothing. `visibility`: seconds until a dead worker's task comes back.

    No task may take longer, and no countdown may be above it: the task would run twice.
    """

    model_config = prefixed("QUEUE_")
    sentinel_name: str = "queue"
    visibility: int = Field(default=300, ge=2, le=86_400)


class Outbox(Section):
    """OUTBOX_...: see docs/operate/variables.md."""

    model_config = prefixed("OUTBOX_")
    resend: int = Field(default=30, ge=1, le=3600)
    lease: int = Field(default=150, ge=1, le=86_400)
    attempts: int = Field(default=8, ge=1, le=100)
    retention_days: int = Field(default=7, ge=1, le=3650)


class Mail(Section):
    """MAIL_...: the SMTP server, and the pages that mails lead to."""

    model_config = prefixed("MAIL_")
    host: str = ""
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = Field(default="", validation_alias="MAIL_FROM")
    pages: str = ""

    @field_validator("pages")
    @classmethod
    def _pages_is_a_folder(cls, pages: str) -> str:
        if pages and not re.fullmatch(r"https?://[^\s#?]+/", pages):
            raise ValueError("must be an address with a slash at its end, and no # or ?")
        return pages

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        needed = {
            "MAIL_FROM": (self.host, self.sender),
            "MAIL_PASSWORD": (self.user, self.password.get_secret_value()),
        }
        for name, (wanted, given) in needed.items():
            if wanted and not given:
                raise ValueError(f"{name} is missing or empty: set {name}, or {name}_FILE")
        return self


class Passwords(Section):
    """PASSWORD_...: hashes at once in one process, and requests that wait for their turn."""

    model_config = prefixed("PASSWORD_")
    hashes_at_once: int = Field(default=1, ge=1, le=64)
    hashes_waiting: int = Field(default=2, ge=0, le=256)
    hash_wait_seconds: int = Field(default=5, ge=1, le=30)


class General(Section):
    """Variables without a common prefix."""

    # The first key signs and encrypts, the others are still accepted.
    secret_key: Keys
    jwt_keys: Keys
    metrics_token: SecretStr = SecretStr("")
    smoke_token: SecretStr = SecretStr("")
    release_id: Text = "unreleased"
    static_root: Text = "/srv/static"
    redis_first_database: int = Field(default=0, ge=0, le=1000)
    worker_stop_grace: int = Field(default=30, ge=15, le=3600)
    session_replicas: int | None = Field(default=None, ge=0, le=10)
    social_providers: dict[str, ProviderVariables] = {}
    social_login_redirect_url: Text = "/"

    @field_validator("metrics_token", "smoke_token")
    @classmethod
    def _token_is_long(cls, token: SecretStr) -> SecretStr:
        if 0 < len(token) < TOKEN_LENGTH:
            raise ValueError(f"is shorter than {TOKEN_LENGTH} characters")
        return token

    @model_validator(mode="after")
    def _keys_are_strong(self) -> Self:
        # 43 characters are 256 bits, as base64 without padding writes them.
        for name, keys, length in (
            ("SECRET_KEY", self.secret_key, 50),
            ("JWT_KEYS", self.jwt_keys, 43),
        ):
            if any(len(key) < length for key in keys):
                raise ValueError(f"{name} holds a key shorter than {length} characters")
        if len(set(self.jwt_keys)) != len(self.jwt_keys):
            raise ValueError("JWT_KEYS names a key twice")
        if set(self.jwt_keys) & set(self.secret_key):
            raise ValueError("JWT_KEYS must not hold SECRET_KEY")
        return self


class Environment:
    """Everything that the service is told from outside. Raises ConfigurationError."""

    def __init__(self) -> None:
        self.app = load(Application)
        self.general = load(General)
        self.rates = load(Rates)
        self.database = load(Database)
        first = self.general.redis_first_database
        self.cache = load(Cache).redis(first=first)
        queue = load(Queue)
        self.queue, self.queue_visibility = queue.redis(first=first), queue.visibility
        self.outbox = load(Outbox)
        self.mail = load(Mail)
        self.passwords = load(Passwords)
        self.mode, self.debug, self.version = self.app.env, self.app.debug, self.app.version
        self.release = self.general.release_id
        usual = 1 if self.queue.sentinels else 0
        given = self.general.session_replicas
        self.session_replicas: int = usual if given is None else given
        self.secret_keys = tuple(key.get_secret_value() for key in self.general.secret_key)
        self.jwt_keys = tuple(key.get_secret_value() for key in self.general.jwt_keys)

    @property
    def social_providers(self) -> dict[str, Provider]:
        """The OpenID providers by name. Only development may use one without TLS."""
        allow_http = self.mode == "development"
        given = self.general.social_providers
        return {name: each.provider(name, allow_http=allow_http) for name, each in given.items()}

    def __repr__(self) -> str:
        return f"<Environment {self.mode}>"
