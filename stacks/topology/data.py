"""The data servers: PostgreSQL and Redis."""

from pydantic import Field, field_validator

from stacks.model import DatabaseName, Model, Seconds
from stacks.topology.limits import Limits

# Names that PostgreSQL or its pg_hba.conf gives a meaning of its own.
TAKEN_DATABASES = {"all", "replication", "sameuser", "samerole", "samegroup"} | {
    *("postgres", "template0", "template1")
}
TAKEN_USERS = {"all", "none", "public", "postgres", "replicator"}


class Postgres(Model):
    """PostgreSQL. `max_connections` must cover every pool; `statement_timeout` in seconds."""

    database: DatabaseName = "app"
    user: DatabaseName = "app"
    max_connections: int = Field(default=50, ge=10, le=10_000)
    statement_timeout: Seconds = 30
    limits: Limits = Limits(memory=384, cpus=1.0)

    @field_validator("database")
    @classmethod
    def _database_is_free(cls, name: str) -> str:
        if name in TAKEN_DATABASES:
            raise ValueError("reserved by PostgreSQL; use another name, for example 'app'")
        return name

    @field_validator("user")
    @classmethod
    def _user_is_free(cls, name: str) -> str:
        if name in TAKEN_USERS or name.startswith("pg_"):
            raise ValueError("reserved by PostgreSQL; use another name, for example 'app'")
        return name


class Redis(Model):
    """One Redis: a cache and a queue never share one: they need different policies."""

    limits: Limits = Limits(memory=128, cpus=0.5)


class RedisCache(Redis):
    """The cache; without an append-only file it needs less memory."""

    limits: Limits = Limits(memory=64, cpus=0.5)
