"""`ops build`: only what is missing is built, and a failure tells its step and leaves the rest."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from ops import build
from ops.build import images, import_check, wheels
from stacks.errors import BuildError, CommandError
from stacks.release import image_tags, release_id
from stacks.topology import Topology
from stacks.versions import TOOLKIT

DEV = Topology(stack="dev")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Mapping[str, str]]:
    """An engine that keeps each built tag with its build arguments; wheels need no network."""
    built: dict[str, Mapping[str, str]] = {}

    def make(
        tag: str,
        *,
        context: Path,
        arguments: Mapping[str, str],
        on_line: Callable[[str], None],
        version: str = TOOLKIT,
    ) -> None:
        assert (context / "Dockerfile").is_file()
        on_line("Step 1/1 : FROM scratch")
        built[tag] = arguments

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(images, "STAGING", tmp_path / "staged")
    monkeypatch.setattr(images, "exists", lambda tag: tag in built)
    monkeypatch.setattr(images, "size", lambda tag: 7)
    monkeypatch.setattr(images, "build", make)
    monkeypatch.setattr(images, "rename", lambda tag, *, to: built.update({to: built.pop(tag)}))
    monkeypatch.setattr(import_check, "check", lambda topology, **_: None)
    monkeypatch.setattr(wheels, "collect", lambda requirements: tmp_path / "no-wheels")
    return built


def test_what_is_missing_is_built_once(engine: dict[str, Mapping[str, str]]) -> None:
    lines: list[str] = []
    first = build.release(DEV, on_line=lines.append)
    assert first.id == release_id(DEV)
    assert first.images == image_tags(DEV)
    assert set(engine) == set(first.images.values())
    assert set(first.built) == {"app", "nginx", "postgres", "redis"}
    assert first.sizes == dict.fromkeys(first.images, 7)
    assert "redis: Step 1/1 : FROM scratch" in lines

    second = build.release(DEV, on_line=lines.append)
    assert second.images == first.images
    assert second.built == ()


def test_only_the_missing_image_is_built(engine: dict[str, Mapping[str, str]]) -> None:
    tags = image_tags(DEV)
    engine.update({tag: {} for name, tag in tags.items() if name != "redis"})
    assert build.release(DEV, on_line=lambda line: None).built == ("redis",)


def test_the_apps_context_holds_the_source_and_the_lock(
    engine: dict[str, Mapping[str, str]], tmp_path: Path
) -> None:
    build.release(DEV, on_line=lambda line: None)
    staged = tmp_path / "staged" / "app-dev"
    assert (staged / "src" / "manage.py").is_file()
    assert "--hash=" in (staged / "requirements.lock").read_text()
    assert not list(staged.rglob("*.pyc"))
    assert engine[image_tags(DEV)["app"]] == {"REQUIREMENTS": "requirements.lock"}


def test_a_build_is_labelled_and_uses_the_classic_builder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[tuple[Sequence[str], Mapping[str, str]]] = []

    def stream(
        args: Sequence[str], *, on_line: Callable[[str], None], env: Mapping[str, str]
    ) -> int:
        seen.append((args, env))
        return 0

    monkeypatch.setattr(images, "stream", stream)
    monkeypatch.setenv("UPSHIFT_APT_MIRROR", "http://user:canary@mirror.example/debian/")
    images.build("upshift/x:abc", context=tmp_path, arguments={"A": "1"}, on_line=lambda line: None)
    ((args, env),) = seen
    assert {"A=1", "BASE=debian:trixie-slim", "upshift.release=abc"} <= set(args)
    assert args[args.index("ftp_proxy") - 1] == "--build-arg" and "canary" not in str(args)
    assert any(word.startswith("org.opencontainers.image.revision=") for word in args)
    assert any(word.startswith("org.opencontainers.image.version=") for word in args)
    mirror = "apt-mirror=http://user:canary@mirror.example/debian"
    assert env == {"DOCKER_BUILDKIT": "0", "ftp_proxy": mirror}


def test_a_build_that_fails_names_its_step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    heard: list[str] = []

    def stream(
        args: Sequence[str], *, on_line: Callable[[str], None], env: Mapping[str, str]
    ) -> int:
        for line in ("Step 1/2 : FROM x", "Step 2/2 : RUN false", "it went wrong"):
            on_line(line)
        raise CommandError("docker build ended with code 1\nit went wrong")

    monkeypatch.setattr(images, "stream", stream)
    with pytest.raises(BuildError, match="it went wrong") as caught:
        images.build("upshift/x:abc", context=tmp_path, arguments={}, on_line=heard.append)
    assert caught.value.where.startswith("Step 2/2 : RUN false")
    assert "unchanged" in caught.value.hint
    assert len(heard) == 3
