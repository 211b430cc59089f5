"""A lock is made once for a list and all that it reads, and made again when any of that changes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ops.build import indexes, locks
from ops.run import Completed
from stacks.errors import BuildError, CommandError
from stacks.requirement_files import inputs_of

HASH = f"--hash=sha256:{'0' * 64}"
LOCKED = f"django==5.2.8 \\\n    {HASH}\n"


class Uv:
    """Stands for uv: notes what was asked, and writes a lock."""

    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []
        self.folders: list[Any] = []
        self.written = LOCKED
        self.failure = ""

    def __call__(self, args: Sequence[str], *, cwd: Path | None = None, **_: Any) -> Completed:
        self.asked.append(args)
        self.folders.append(cwd)
        if self.failure:
            raise CommandError(self.failure)
        Path(args[args.index("--output-file") + 1]).write_text(self.written)
        return Completed(stdout="", stderr="", code=0)


@pytest.fixture
def uv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Uv:
    made = Uv()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(locks, "run", made)
    monkeypatch.setattr(indexes, "for_uv", lambda project: {})
    return made


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    return tmp_path / "shop"


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


def test_a_whole_lock_is_taken_as_it_is(uv: Uv, project: Path) -> None:
    lock = write(project, "requirements.lock", f"--index-url https://x.example.com\n{LOCKED}")
    assert locks.locked(lock, project=project) == lock
    assert uv.asked == []


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_a_list_without_hashes_is_locked_once(uv: Uv, project: Path, name: str) -> None:
    listed = write(project, name, "django\n")
    lock = locks.locked(listed, project=project)
    assert lock.read_text().split() == ["django==5.2.8", HASH]
    assert locks.locked(listed, project=project) == lock
    ((*asked,),) = uv.asked
    assert "--generate-hashes" in asked and asked[-1] == str(listed)
    assert uv.folders == [project]


# What is read beside the list: the list's name and text, then the other file's.
READ: list[tuple[str, str, str]] = [
    ("requirements/production.txt", "-r base.txt\n", "requirements/base.txt"),
    ("requirements/production.txt", "--requirement=base.txt # all\n", "requirements/base.txt"),
    ("requirements.txt", "django\n-c constraints.txt\n", "constraints.txt"),
    ("requirements.txt", "-r a.txt\n", "b.txt"),
    ("requirements.txt", "-r ../shared.txt\n", "../shared.txt"),
    ("requirements.txt", "-e .\n", "pyproject.toml"),
    ("requirements.txt", "./libs/one\n", "libs/one/pyproject.toml"),
    ("requirements.txt", "one @ file:libs/one\n", "libs/one/pyproject.toml"),
    ("requirements.txt", "./one-1.0.whl\n", "one-1.0.whl"),
    ("requirements.txt", "-r \\\n  base.txt\n", "base.txt"),
    ("pyproject.toml", "[project]\nname='a'\ndynamic=['dependencies']\n", "setup.py"),
    ("pyproject.toml", "[build-system]\nrequires=[]\n", "anything/at_all.txt"),
    (
        "pyproject.toml",
        "[project]\nname='a'\ndynamic=['dependencies']\n"
        "[tool.setuptools.dynamic]\ndependencies={file=['base.txt']}\n",
        "base.txt",
    ),
    (
        "pyproject.toml",
        "[project]\nname='a'\ndynamic=['optional-dependencies']\n"
        "[tool.setuptools.dynamic.optional-dependencies]\nx={file='x.txt'}\n",
        "x.txt",
    ),
    (
        "pyproject.toml",
        "[project]\nname='a'\ndynamic=['dependencies']\n"
        "[tool.hatch.metadata.hooks.requirements_txt]\nfiles=['base.txt']\n",
        "base.txt",
    ),
    (
        "pyproject.toml",
        "[project]\nname='a'\n[tool.uv.sources]\none={path='libs/one'}\n",
        "libs/one/pyproject.toml",
    ),
    ("requirements.txt", "django\n", "uv.toml"),
    ("requirements.txt", "django\n", "../uv.toml"),
]


@pytest.mark.parametrize(("name", "text", "other"), READ)
def test_a_changed_file_that_is_read_makes_another_lock(
    uv: Uv, project: Path, name: str, text: str, other: str
) -> None:
    if "a.txt" in text:
        write(project, "a.txt", "-r b.txt\n")
    listed = write(project, name, text)
    write(project, other, "# one\n")
    first = locks.locked(listed, project=project)
    assert locks.locked(listed, project=project) == first
    write(project, other, "# two\n")
    assert locks.locked(listed, project=project) != first
    assert len(uv.asked) == 2


@pytest.mark.parametrize("other", ["views.py", "base.txt", "README.md"])
def test_a_changed_file_that_is_not_read_keeps_the_lock(uv: Uv, project: Path, other: str) -> None:
    text = "[project]\nname='a'\ndependencies=['django']\n[dependency-groups]\ndev=['six']\n"
    listed = write(project, "pyproject.toml", text)
    first = locks.locked(listed, project=project)
    write(project, other, "two\n")
    assert locks.locked(listed, project=project) == first


def test_lists_that_name_each_other_end(project: Path) -> None:
    first = write(project, "a.txt", "-r b.txt\n")
    second = write(project, "b.txt", "-r a.txt\n")
    assert inputs_of(first, project=project) == (first, second)


def test_a_lock_of_several_files_becomes_one(uv: Uv, project: Path) -> None:
    write(project, "locks/base.lock", LOCKED)
    main = write(project, "locks/all.lock", f"-r base.lock\nsix==1.17.0 {HASH}\n-e .\n")
    lines = locks.locked(main, project=project).read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["django==5.2.8", "six==1.17.0"]
    assert uv.asked == []


def test_the_project_itself_is_no_line_of_its_lock(uv: Uv, project: Path) -> None:
    uv.written = f"-e .\n{LOCKED}-e file://{project}\n"
    lock = locks.locked(write(project, "requirements.txt", "-e .\n"), project=project)
    assert lock.read_text().split() == ["django==5.2.8", HASH]


@pytest.mark.parametrize(
    ("line", "said", "hint"),
    [
        (
            "shop-tools @ git+https://git.example.com/shop/tools@abc",
            "a repository has no hash",
            "shop-tools @ https://",
        ),
        ("-e git+ssh://git@git.example.com/a.git#egg=a", "a repository", "archive/COMMIT"),
        ("./libs/one", "a folder has no hash", "a wheel on your index"),
        ("six==1.17.0", "this line has no hash", "--generate-hashes"),
    ],
)
@pytest.mark.parametrize("as_lock", [True, False])
def test_a_line_that_cannot_be_checked_is_named_with_what_to_do(
    uv: Uv, project: Path, line: str, said: str, hint: str, as_lock: bool
) -> None:
    uv.written = f"{LOCKED}{line}\n"
    listed = write(project, "requirements.txt", uv.written if as_lock else f"{line}\n")
    with pytest.raises(BuildError, match=said) as caught:
        locks.locked(listed, project=project)
    assert hint in caught.value.hint and line.split()[0] in caught.value.message
    assert "cache" not in str(caught.value)


def test_a_list_behind_a_url_is_refused(uv: Uv, project: Path) -> None:
    listed = write(project, "requirements.txt", "-c https://example.com/constraints.txt\n")
    with pytest.raises(BuildError, match="may change unnoticed"):
        locks.locked(listed, project=project)


def test_a_list_that_cannot_be_locked_is_told(uv: Uv, project: Path) -> None:
    uv.failure = "no matching distribution"
    with pytest.raises(BuildError, match="has no hashes, and could not be locked") as caught:
        locks.locked(write(project, "requirements.txt", "nothing-such\n"), project=project)
    assert "no matching distribution" in caught.value.message
