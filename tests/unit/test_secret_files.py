"""Files that look like a secret are refused before anything is built, unless allowed by name."""

from pathlib import Path

import pytest

from ops import build
from ops.build import images, secret_files
from stacks.errors import BuildError
from stacks.secret_files import reason_of
from stacks.topology import Topology
from tests.bundled import bundled_app

PRIVATE = "-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----\n"
PUBLIC = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def write(folder: Path, name: str, text: str = "x = 1\n") -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".env.production", "A=1"),
        (".envrc", "A=1"),
        ("prod.env", "A=1"),
        ("credentials.json", "{}"),
        ("gcp-credentials.json", "{}"),
        ("service-account-prod.json", "{}"),
        ("server.key", PRIVATE),
        ("server.key", "\x01\x02"),
        ("both.pem", PUBLIC + PRIVATE),
        ("id_rsa", PRIVATE),
        ("deploy_key", "-----BEGIN OPENSSH PRIVATE KEY-----\n"),
        ("store.p12", "x"),
        (".netrc", "machine x"),
        (".pgpass", "x"),
        (".pypirc", "x"),
        (".aws/credentials", "x"),
        ("secrets.yaml", "a: b"),
        ("CREDENTIALS.JSON", "{}"),
        (".npmrc", "//registry.example.com/:_authToken=abc"),
        ("requirements.txt", "--index-url https://me:canary@pypi.example.com/simple\n"),
        ("pip.conf", "[global]\nindex-url = https://me:canary@pypi.example.com\n"),
    ],
)
def test_a_file_that_looks_like_a_secret(tmp_path: Path, name: str, text: str) -> None:
    assert reason_of(write(tmp_path, name, text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".env.example", "A="),
        (".env.sample", "A="),
        (".env.template", "A="),
        ("certificate.pem", PUBLIC),
        ("authority.crt", PUBLIC),
        ("public.key", "-----BEGIN PUBLIC KEY-----\n"),
        ("id_rsa.pub", "ssh-rsa AAAA"),
        ("secrets.py", "import secrets"),
        ("credentials.py", "class Credentials: ..."),
        ("test_keys.py", f'KEY = """{PRIVATE}"""'),
        ("empty.key", ""),
        (".npmrc", "registry=https://registry.example.com/"),
        ("requirements.txt", "--index-url https://${NAME}:${WORD}@pypi.example.com/simple\nsix\n"),
    ],
)
def test_a_file_that_does_not(tmp_path: Path, name: str, text: str) -> None:
    assert reason_of(write(tmp_path, name, text)) == ""


def test_the_refusal_names_the_file_why_and_how_to_allow_it(tmp_path: Path) -> None:
    write(tmp_path, "config/server.key", PRIVATE)
    write(tmp_path, ".env.production")
    with pytest.raises(BuildError) as caught:
        secret_files.refuse(tmp_path)
    said = str(caught.value)
    assert "config/server.key: it holds a private key" in said
    assert ".env.production: its name is like .env*" in said
    assert ".dockerignore" in caught.value.hint and "topology.app.allow_files" in caught.value.hint
    assert "MC4CAQ" not in said


@pytest.mark.parametrize("allowed", ["tests/keys/test.key", "tests/keys/*.key"])
def test_a_file_that_is_allowed_or_left_out_goes_through(tmp_path: Path, allowed: str) -> None:
    write(tmp_path, "tests/keys/test.key", PRIVATE)
    with pytest.raises(BuildError):
        secret_files.refuse(tmp_path)
    secret_files.refuse(tmp_path, allowed=[allowed])
    write(tmp_path, ".dockerignore", "tests/keys\n")
    secret_files.refuse(tmp_path)


def test_what_the_repository_ignores_needs_no_other_line(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, ".gitignore", "credentials.json\n")
    write(tmp_path, "app/credentials.json", "{}")
    secret_files.refuse(tmp_path / "app")


def test_nothing_is_built_or_staged_before_the_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("manage.py", "requirements.lock"):
        write(tmp_path / "shop", name)
    write(tmp_path / "shop", "server.key", PRIVATE)
    monkeypatch.setattr(images, "STAGING", tmp_path / "staged")
    monkeypatch.setattr(images, "run", None)
    given = {"stack": "dev", "app": bundled_app(tmp_path / "shop")}
    topology = Topology.model_validate(given, strict=False)
    with pytest.raises(BuildError, match="server.key"):
        build.release(topology, on_line=print)
    with pytest.raises(BuildError, match="server.key"):
        images.stage("compose-app", parts={"src": tmp_path / "shop"})
    assert not (tmp_path / "staged").exists()
