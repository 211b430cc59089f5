"""The environment that the Django project's processes are started with.

Secrets are not here: they are files, and only their paths are named.
"""

from collections.abc import Iterable

from stacks.memory import password_hashes
from stacks.project_version import project_version
from stacks.release import release_id
from stacks.topology import Topology
from stacks.user_secrets import StoredSecret
from stacks.values import in_url
from stacks.versions import TOOLKIT

FILES = "/run/upshift"
# A volume. Python's tempfile, and so Django's uploads above 2.5 MB, go there: /tmp is in memory,
# and a body may be as large as the edge lets it be.
TEMPORARY_FILES = "/var/tmp"


def service_environment(
    topology: Topology, *, secrets: Iterable[StoredSecret] = ()
) -> dict[str, str]:
    """Name and value of each variable, the project's own last so that they win."""
    edge, app = topology.edge, topology.app
    port = "" if edge.url_port == 443 else f":{edge.url_port}"
    hosts = [in_url(name) for name in edge.server_names]
    return {
        "DJANGO_SETTINGS_MODULE": app.settings,
        "APP_ENV": app.mode,
        # Django writes *.example.com as .example.com.
        "APP_ALLOWED_HOSTS": ",".join(host.removeprefix("*") for host in hosts),
        "APP_TRUSTED_ORIGINS": ",".join(f"https://{host}{port}" for host in hosts),
        "APP_VERSION": project_version(topology),
        "UPSHIFT_VERSION": TOOLKIT,
        "RELEASE_ID": release_id(topology),
        "STATIC_ROOT": "/srv/static",
        "TMPDIR": TEMPORARY_FILES,
        "SECRET_KEY_FILE": f"{FILES}/secret-key",
        "JWT_KEYS_FILE": f"{FILES}/jwt-keys",
        "DATABASE_HOST": "postgres",
        "DATABASE_PORT": "5432",
        "DATABASE_NAME": topology.postgres.database,
        "DATABASE_USER": topology.postgres.user,
        "DATABASE_PASSWORD_FILE": f"{FILES}/database-password",
        "DATABASE_POOL_MIN": "1",
        "DATABASE_POOL_MAX": str(topology.pool),
        "DATABASE_STATEMENT_TIMEOUT": str(topology.postgres.statement_timeout * 1000),
        "CACHE_HOST": "redis-cache",
        "CACHE_PORT": "6379",
        "CACHE_PASSWORD_FILE": f"{FILES}/cache-password",
        "QUEUE_HOST": "redis-queue",
        "QUEUE_PORT": "6379",
        "QUEUE_PASSWORD_FILE": f"{FILES}/queue-password",
        "WEB_CONCURRENCY": str(topology.service.workers),
        "PASSWORD_HASHES_AT_ONCE": str(password_hashes(topology)),
        "WORKER_STOP_GRACE": str(topology.worker.stop_grace),
        **{secret.variable: secret.path for secret in secrets},
        **app.environment,
    }


def operator_tokens() -> dict[str, str]:
    """Where the service reads the tokens of those who operate it: Prometheus and smoke checks."""
    return {
        "METRICS_TOKEN_FILE": f"{FILES}/metrics-token",
        "SMOKE_TOKEN_FILE": f"{FILES}/smoke-token",
    }
