"""Variables of `app.environment` that look like a secret are refused when the topology is read."""

from typing import Any

import pytest

from stacks.errors import TopologyError
from stacks.loading import parse_topology
from stacks.topology import Topology


def parsed(app: Any, **config: Any) -> Topology:
    document = {"config": {"upshift:topology": {"app": app}, **config}}
    return parse_topology(document, stack="dev", where="Pulumi.dev.yaml")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_PASSWORD", "canary"),
        ("PGPASSWORD", "canary"),
        ("DB_PASS", "canary"),
        ("STRIPE_SECRET_KEY", "canary"),
        ("AWS_ACCESS_KEY", "canary"),
        ("GITHUB_TOKEN", "canary"),
        ("SENTRY_DSN", "https://canary@sentry.example.com/1"),
        ("db_password", "canary"),
        ("DATABASE_URL", "postgres://shop:canary@db.example.com/shop"),
        ("PROXIES", "http://one.example.com,http://user:canary@two.example.com"),
        ("SOCIAL_PROVIDERS", '{"google": {"client_secret": "canary"}}'),
    ],
)
def test_a_secret_is_refused_with_the_command_and_not_shown(name: str, value: str) -> None:
    with pytest.raises(TopologyError, match=f"topology.app.environment.{name} ") as caught:
        parsed({"environment": {name: value}})
    assert f"ops secret set dev {name.upper()}" in caught.value.hint
    assert f"app.not_secret: [{name}]" in caught.value.hint
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_PASSWORD_FILE", "/run/upshift/secrets/MAIL_PASSWORD"),
        ("MAIL_PASSWORD", ""),
        ("PASSWORD_MIN_LENGTH", "12"),
        ("TOKEN_LIFETIME", "900"),
        ("STRIPE_PUBLISHABLE_KEY", "pk_live_1"),
        ("VAPID_PUBLIC_KEY", "BO4"),
        ("SEARCH_URL", "https://search.example.com:9200/index"),
        ("SCM", "ssh://git@example.com/repository"),
        ("SOCIAL_PROVIDERS", '{"google": {"client_secret_file": "/run/x", "client_id": "a"}}'),
        ("KEYWORDS", "a,b"),
        ("MONKEY", "a"),
    ],
)
def test_what_is_no_secret_is_taken(name: str, value: str) -> None:
    assert parsed({"environment": {name: value}}).app.environment == {name: value}


def test_a_name_that_only_looks_like_a_secret_can_be_allowed() -> None:
    given = {"environment": {"SENTRY_DSN": "https://1@example.com/1"}, "not_secret": ["SENTRY_DSN"]}
    assert parsed(given).app.environment["SENTRY_DSN"]


def test_a_value_of_another_type_is_not_shown() -> None:
    with pytest.raises(TopologyError, match="app.environment.PIN") as caught:
        parsed({"environment": {"PIN": 739155}})
    assert "739155" not in str(caught.value)


@pytest.mark.parametrize("name", ["MAIL_LOGIN", "MAIL_LOGIN_FILE"])
def test_a_secret_is_not_set_twice(name: str) -> None:
    secret = {"upshift-secret:MAIL_LOGIN": {"secure": "v1:a:b"}}
    with pytest.raises(TopologyError, match=f"{name} is set twice"):
        parsed({"environment": {name: "x"}}, **secret)
    assert parsed({}, **secret)
