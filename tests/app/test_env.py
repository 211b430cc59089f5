"""What the service is told from outside: each mistake names its variable."""

import subprocess
import sys
from os import environ

import pytest

from config.environment import Environment
from config.environment.source import ConfigurationError

GOOD = {
    "APP_ENV": "production",
    "APP_ALLOWED_HOSTS": "one.example, two.example",
    "SECRET_KEY": "k" * 50,
    "JWT_KEYS": "j" * 43,
    "DATABASE_HOST": "postgres",
    "DATABASE_NAME": "app",
    "DATABASE_USER": "app",
    "DATABASE_PASSWORD": "canary-1",
    "CACHE_HOST": "cache",
    "CACHE_PASSWORD": "canary-2",
    "QUEUE_HOST": "queue",
    "QUEUE_PASSWORD": "p@ss/word",
}


@pytest.fixture
def good(monkeypatch):
    for name in list(environ):
        if name.startswith(("APP_", "DATABASE_", "CACHE_", "QUEUE_", "SECRET_", "JWT_", "REDIS_")):
            monkeypatch.delenv(name)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_the_first_secret_key_signs_and_the_others_are_known(good, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "n" * 50 + "\n" + "k" * 50)
    found = Environment()
    assert found.secret_keys == ("n" * 50, "k" * 50)
    monkeypatch.setenv("JWT_KEYS", "k" * 50)
    with pytest.raises(ConfigurationError, match="JWT_KEYS must not hold SECRET_KEY"):
        Environment()


def test_a_good_environment(good):
    found = Environment()
    assert found.app.allowed_hosts == ("one.example", "two.example")
    assert found.app.trusted_origins == ()
    assert (found.database.port, found.cache.port, found.debug) == (5432, 6379, False)
    assert found.queue.url(database=1) == "redis://:p%40ss%2Fword@queue:6379/1"
    shown = repr([found, *vars(found).values()])
    assert "canary" not in shown, shown


@pytest.mark.parametrize("name", sorted(GOOD))
@pytest.mark.parametrize("value", [None, "", "  "])
def test_missing_or_empty(good, monkeypatch, name, value):
    monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=rf"\b{name}\b"):
        Environment()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "k" * 49),
        ("SECRET_KEY", "k" * 50 + " " + "i" * 49),
        ("JWT_KEYS", "j" * 42),
        ("JWT_KEYS", "j" * 43 + " " + "i" * 42),
        ("JWT_KEYS", "j" * 43 + "\n" + "j" * 43),
        ("JWT_KEYS", "k" * 50),
        ("JWT_KEYS", "j" * 43 + " " + "k" * 50),
        ("APP_ENV", "test"),
        ("APP_DEBUG", "1"),
        ("DATABASE_PORT", "70000"),
        ("CACHE_PORT", "one"),
        ("DATABASE_POOL_MIN", "9"),
        ("DATABASE_REPLICAS", "replica"),
        ("DATABASE_REPLICAS", "replica:5432,:1"),
        ("DATABASE_STATEMENT_TIMEOUT", "0"),
        ("SECRET_KEY_FILE", "/nowhere/secret"),
        ("DATABASE_PASSWORD_FILE", "/nowhere/secret"),
    ],
)
def test_a_wrong_value(good, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name) as caught:
        Environment()
    assert "kkk" not in str(caught.value) and "jjj" not in str(caught.value)


def test_a_secret_from_a_file(good, monkeypatch, tmp_path):
    file = tmp_path / "key"
    file.write_text("f" * 60 + "\n")
    monkeypatch.delenv("SECRET_KEY")
    monkeypatch.setenv("SECRET_KEY_FILE", str(file))
    assert Environment().secret_keys == ("f" * 60,)
    file.write_text("\n")
    with pytest.raises(ConfigurationError, match="SECRET_KEY"):
        Environment()
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match="SECRET_KEY_FILE cannot be read"):
        Environment()


def test_each_wrong_variable_has_a_line_that_does_not_show_its_value(good, monkeypatch):
    for name in ("DATABASE_PORT", "DATABASE_POOL_MAX", "DATABASE_REPLICAS"):
        monkeypatch.setenv(name, "canary-3")
    with pytest.raises(ConfigurationError) as caught:
        Environment()
    lines = str(caught.value).splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["configuration:", "DATABASE_PORT"],
        ["configuration:", "DATABASE_POOL_MAX"],
        ["configuration:", "DATABASE_REPLICAS"],
    ]
    assert caught.value.__suppress_context__ and "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SOCIAL_PROVIDERS", '{"canary-3'),
        ("SOCIAL_PROVIDERS", '{"one": {"client_secret": "canary-3"}}'),
        ("METRICS_TOKEN", "canary-3"),
        ("SMOKE_TOKEN", "canary-3"),
        ("JWT_KEYS", "canary-3"),
    ],
)
def test_an_error_does_not_show_a_secret(good, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name) as caught:
        Environment()
    assert "canary" not in str(caught.value)


def test_the_command_line_says_it_in_one_line(good, monkeypatch):
    monkeypatch.delenv("QUEUE_HOST")
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd="/srv/app", capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.startswith("configuration: QUEUE_HOST is missing or empty")
