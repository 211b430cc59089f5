"""The service's tests run inside its image, beside a real PostgreSQL and two real Redis."""

import copy
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as made_up
from rest_framework.test import APIClient

sys.path.insert(0, str(Path(__file__).parent))

# The same examples in every run; the machine may be busy, so that none has a deadline. The folder
# is for schemathesis, which asks for Hypothesis's own: the service's image is read-only.
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = "/tmp/hypothesis"
made_up.register_profile("service", database=None, derandomize=True, deadline=None)
made_up.load_profile("service")

PLAIN_STORAGE = "django.contrib.staticfiles.storage.StaticFilesStorage"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """A second way to the tests' database, for the tests of replicas."""
    from django.db import connections

    second = copy.deepcopy(connections.databases["default"])
    second["TEST"]["MIRROR"] = "default"
    connections.databases["replica1"] = second


@pytest.fixture(autouse=True)
def _apart_from_others(settings: Any) -> None:
    """Keys of our own in the cache, no TLS, and pages that need no collected static files."""
    from operators import METRICS_TOKEN, SMOKE_TOKEN

    settings.SECURE_SSL_REDIRECT = False
    # Many requests of one test are no attack; the tests of limits set rates of their own.
    settings.SENDS_MAIL = True
    settings.METRICS_TOKEN, settings.SMOKE_TOKEN = METRICS_TOKEN, SMOKE_TOKEN
    settings.RATES = dict.fromkeys(settings.RATES, "1000000/h")
    caches = copy.deepcopy(settings.CACHES)
    caches["default"]["KEY_PREFIX"] = "service-test"
    settings.CACHES = caches
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": PLAIN_STORAGE}}


@pytest.fixture(autouse=True)
def _nothing_remembered(_apart_from_others: None) -> Iterator[None]:
    """Nothing in the cache, no session, no outage, and no earlier look at the migrations."""
    from core import resilience
    from core.db import disk_space
    from core.redis.client import redis_client
    from health import checks

    redis_client("cache").flushdb()
    redis_client("durable").flushdb()
    resilience.close_all_breakers()
    checks._migrated_at = float("-inf")
    disk_space.forget()
    yield


@pytest.fixture
def api() -> APIClient:
    """A client of the API."""
    return APIClient()


@pytest.fixture
def as_user() -> Callable[[Any], APIClient]:
    """Gives a client of the API that an account is logged in with, by header."""
    from accounts.auth.login.services import open_session

    def log_in(user: Any) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {open_session(user).access}")
        return client

    return log_in


@pytest.fixture(scope="module")
def queue_left_empty() -> Iterator[None]:
    """Tasks that no worker took are gone when the module ends: a later test's would take them."""
    from config.celery import app

    yield
    app.control.purge()


@pytest.fixture
def quick_passwords(settings: Any) -> None:
    """Hashes that cost nothing, where it is not about them: good ones are slow."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def cache_unavailable(settings: Any) -> None:
    """The cache's port is closed."""
    caches = copy.deepcopy(settings.CACHES)
    for name in ("default", "limits"):
        caches[name]["LOCATION"] = "redis://:canary-password@127.0.0.1:1/0"
    settings.CACHES = caches


@pytest.fixture
def sessions_unavailable(settings: Any) -> None:
    """The port of the Redis that holds the sessions is closed."""
    settings.AUTH_STORE_URL = "redis://:canary-password@127.0.0.1:1/2"


@pytest.fixture
def relay() -> Iterator[Any]:
    """A way to PostgreSQL that can be frozen."""
    from django.db import connection

    from processes import Relay

    given = connection.settings_dict
    opened = Relay(host=given["HOST"], port=int(given["PORT"]))
    yield opened
    opened.close()


@pytest.fixture
def project() -> Any:
    """A private project with its owner."""
    from factories import ProjectFactory

    return ProjectFactory()


@pytest.fixture
def owner(as_user: Callable[[Any], APIClient], project: Any) -> APIClient:
    """A client of the project's owner."""
    return as_user(project.owner)


@pytest.fixture
def task(project: Any) -> Any:
    """A task of the project."""
    from factories import TaskFactory

    return TaskFactory(project=project)


@pytest.fixture
def people(as_user: Callable[[Any], APIClient], project: Any) -> dict[str, APIClient]:
    """A client for each role in the project."""
    from domains.projects.models import Role
    from factories import UserFactory, member

    found = {"owner": as_user(project.owner), "stranger": as_user(UserFactory())}
    for name in ("viewer", "editor", "other editor"):
        user = UserFactory()
        member(project, user, Role(name.split()[-1]))
        found[name] = as_user(user)
    return found
