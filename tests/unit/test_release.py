from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stacks import release
from stacks.errors import TopologyError
from stacks.topology import Topology
from stacks.topology.app import App


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with an app; each reading of its release is a fresh one."""
    monkeypatch.setattr(release, "PROJECT", tmp_path)
    for name in ("app", "common", "nginx", "postgres", "redis"):
        (tmp_path / "docker" / name).mkdir(parents=True)
        (tmp_path / "docker" / name / "Dockerfile").write_text(f"# {name}\n")
    app = tmp_path / "app"
    app.mkdir()
    for name in ("manage.py", "requirements.lock"):
        (app / name).write_text("")
    yield app
    release._release_id.cache_clear()


def now() -> str:
    release._release_id.cache_clear()
    return release.release_id(Topology(stack="dev"))


def test_content_name_and_mode_make_another_release(folder: Path) -> None:
    seen = [now()]
    (folder / "manage.py").write_text("1")
    seen.append(now())
    (folder / "manage.py").chmod(0o755)
    seen.append(now())
    (folder / "requirements.lock").with_name("more.txt").write_text("")
    seen.append(now())
    (folder.parent / "docker" / "app" / "Dockerfile").write_text("# new\n")
    seen.append(now())
    assert len(set(seen)) == 5


@pytest.mark.parametrize("name", ["__pycache__/a.pyc", "b.pyc", ".venv/x.py", ".git/HEAD"])
def test_caches_are_no_part_of_a_release(folder: Path, name: str) -> None:
    before = now()
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("cached")
    assert now() == before


def test_a_pin_makes_another_release(monkeypatch: pytest.MonkeyPatch) -> None:
    before = now()
    monkeypatch.setattr(release, "PINS", ("another",))
    assert now() != before


def test_an_image_follows_its_own_folder_only(folder: Path) -> None:
    before = release.image_tags(Topology(stack="dev"))
    (folder.parent / "docker" / "redis" / "Dockerfile").write_text("# new\n")
    after = release.image_tags(Topology(stack="dev"))
    assert {name for name in after if after[name] != before[name]} == {"redis"}


def test_every_image_follows_what_all_recipes_use(folder: Path) -> None:
    before = release.image_tags(Topology(stack="dev"))
    release._release_id.cache_clear()
    (folder.parent / "docker" / "common" / "Dockerfile").write_text("# new\n")
    after = release.image_tags(Topology(stack="dev"))
    assert {name for name in after if after[name] != before[name]} == set(before)


def test_debian_packages_make_another_release(folder: Path) -> None:
    apps: tuple[dict[str, Any], ...] = (
        {},
        {"packages": ("libpq5",)},
        {"build_packages": ("libpq5",)},
    )
    ids = {release.release_id(Topology(stack="dev", app=App(**app))) for app in apps}
    assert len(ids) == 3


def test_a_list_outside_of_the_project_is_part_of_the_release(folder: Path) -> None:
    (folder / "requirements.lock").write_text("-r ../shared.txt\n")
    seen = [now()]
    for text in ("-c limits.txt\n", "-c limits.txt\nmore\n"):
        (folder.parent / "shared.txt").write_text(text)
        seen.append(now())
    (folder.parent / "limits.txt").write_text("django<6\n")
    assert len({*seen, now()}) == 4


def test_a_list_that_stays_out_of_the_image_is_part_of_the_release(folder: Path) -> None:
    (folder / ".dockerignore").write_text("base.txt\n")
    (folder / "requirements.lock").write_text("-r base.txt\n")
    before = now()
    (folder / "base.txt").write_text("django\n")
    assert now() != before


@pytest.mark.parametrize("name", ["manage.py", "requirements.lock"])
def test_a_folder_that_is_no_project_is_refused(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(
        TopologyError, match=f"'app' is not a Django project: it has no {name}"
    ) as caught:
        release.app_path(Topology(stack="dev"))
    assert caught.value.where == str(folder)
