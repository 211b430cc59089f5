"""PostgreSQL, its pool, and the replicas that may be read from."""

from typing import Any

from config.environment.servers import Database
from config.environment.values import Server
from config.settings.environment import ENV
from config.settings.security import HOST_PREFIX, SESSION_COOKIE_NAME


def connection(server: Server, *, given: Database) -> dict[str, Any]:
    """Django's settings for one server of the same data."""
    told = {
        "statement_timeout": f"{given.statement_timeout}ms",
        "lock_timeout": f"{given.lock_timeout}ms",
        "idle_in_transaction_session_timeout": f"{given.idle_timeout}ms",
    }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": server.host,
        "PORT": server.port,
        "NAME": given.name,
        "USER": given.user,
        "PASSWORD": given.password.get_secret_value(),
        # The pool replaces a connection that the server closed (a restart, a failover).
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 3,
            # psycopg prepares a statement that a connection has run five times, which only cursors
            # with server-side binding can do.
            "server_side_binding": True,
            "prepare_threshold": 5 if given.prepared_statements else None,
            # A machine that is gone sends nothing, not even an end: the kernel gives up for us.
            "tcp_user_timeout": 10_000,
            "keepalives_idle": 10,
            "keepalives_interval": 3,
            "keepalives_count": 3,
            "application_name": f"service-{ENV.release}",
            "options": " ".join(f"-c {name}={said}" for name, said in told.items()),
            "pool": {
                "min_size": given.pool_min,
                "max_size": given.pool_max,
                "timeout": 3,
                # The pool doubles its wait from try to try for five minutes: after an outage of
                # 20 s the next one came 13 to 17 s late. One that gives up after a second leaves
                # the next try to the next request, which makes it at once.
                "reconnect_timeout": 1.0,
            },
        },
    }


DATABASES = {
    "default": connection(
        Server(host=ENV.database.host, port=ENV.database.port), given=ENV.database
    )
}
for _number, _server in enumerate(ENV.database.replicas, start=1):
    DATABASES[f"replica{_number}"] = {
        **connection(_server, given=ENV.database),
        "TEST": {"MIRROR": "default"},
    }
# With a primary alone nothing is asked and nothing is decided.
REPLICAS = [name for name in DATABASES if name != "default"]
DATABASE_ROUTERS = ["core.db.routing.Router"] if REPLICAS else []
# Accounts and permissions are never read from a replica: an account that was closed a moment ago
# might still be open there.
PRIMARY_ONLY = frozenset({"accounts", "admin", "auth", "idempotency", "outbox", "sessions"})
# The cookies that identify a user, for read-your-writes.
WAL_COOKIE = f"{HOST_PREFIX}wal"
WAL_COOKIES = ("__Host-access", SESSION_COOKIE_NAME)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
