"""One engine for `docker`, Pulumi's provider and `ops`, whatever context Docker follows."""

import json
from typing import Any

import pytest

from infra.docker import engine_address
from ops.engine import environment
from stacks.errors import PreflightError

DEFAULT = "unix:///var/run/docker.sock"


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `docker context inspect` says; empty: it fails."""
    told: dict[str, Any] = {}

    def output_of(args: list[str]) -> str | None:
        assert args == ["docker", "context", "inspect"]
        return json.dumps([told]) if told else None

    monkeypatch.setattr("infra.process.output_of", output_of)
    monkeypatch.setattr("shutil.which", lambda name, **_: f"/usr/bin/{name}")
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    engine_address.forget()
    return told


def named(told: dict[str, Any], host: str, **more: Any) -> None:
    endpoint = {"Host": host, **more.pop("endpoint", {})}
    told.update({"Name": "other", "Endpoints": {"docker": endpoint}, **more})


def test_the_default_engine_needs_no_variables(context: dict[str, Any]) -> None:
    named(context, DEFAULT)
    assert engine_address.variables() == {} and engine_address.address() == DEFAULT
    engine_address.refuse_two_engines()


def test_a_context_is_handed_to_every_program(context: dict[str, Any]) -> None:
    named(context, "unix:///run/user/1000/docker.sock")
    handed = engine_address.variables()
    assert handed == {"DOCKER_HOST": "unix:///run/user/1000/docker.sock", "DOCKER_CONTEXT": ""}
    assert handed.items() <= environment.variables().items()
    assert not engine_address.is_remote()
    with pytest.raises(PreflightError, match="Pulumi would use another") as caught:
        engine_address.refuse_two_engines()
    assert 'eval "$(ops env)"' in caught.value.hint


def test_docker_host_wins_over_a_context_everywhere(
    context: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://server:2376")
    assert engine_address.variables() == {} and engine_address.is_remote()
    monkeypatch.setenv("DOCKER_CONTEXT", "other")  # the provider would let this one win
    assert engine_address.variables() == {"DOCKER_HOST": "tcp://server:2376", "DOCKER_CONTEXT": ""}


def test_certificates_of_a_context_go_along(context: dict[str, Any]) -> None:
    files = {"docker": ["ca.pem", "cert.pem", "key.pem"]}
    named(context, "tcp://server:2376", TLSMaterial=files, Storage={"TLSPath": "/tls/abc"})
    handed = engine_address.variables()
    assert handed["DOCKER_CERT_PATH"] == "/tls/abc/docker" and handed["DOCKER_TLS_VERIFY"] == "1"


@pytest.mark.parametrize(
    "more",
    [
        {"TLSMaterial": {"docker": ["ca.pem"]}, "Storage": {"TLSPath": "/tls"}},
        {"endpoint": {"SkipTLSVerify": True}},
    ],
)
def test_a_context_that_cannot_be_handed_on_is_refused(
    context: dict[str, Any], more: dict[str, Any]
) -> None:
    named(context, "tcp://server:2376", **more)
    with pytest.raises(PreflightError, match="Pulumi cannot use the Docker context"):
        engine_address.variables()


def test_a_context_that_does_not_exist(
    context: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "gone")
    with pytest.raises(PreflightError, match="there is no Docker context 'gone'"):
        engine_address.variables()
