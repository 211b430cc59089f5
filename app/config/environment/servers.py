"""The servers that the service needs, and the outbox between two of them."""

import re
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from config.environment.source import Section, prefixed
from config.environment.values import Milliseconds, Port, Secret, Servers, Text
from core.redis.address import Redis


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
