"""What stays out of an image: what always does, and what .dockerignore or .gitignore name."""

import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest

from stacks.dockerignore import last_match, parsed
from stacks.ignore_rules import GitRules, files_of, reason_of, rules_of


def taken_by_docker(text: str, path: str) -> bool:
    line = last_match(parsed(text), PurePath(path))
    return line is None or line.is_include


def write(folder: Path, *names: str, text: str = "") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def names_of(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in files_of(folder)]


@pytest.mark.parametrize("path", [".env", "a/.env", ".git", "a/__pycache__", "a/b.pyc", ".upshift"])
def test_some_things_always_stay_out(path: str, tmp_path: Path) -> None:
    write(tmp_path, ".dockerignore", text="!*\n!**/*\n")
    assert "is never in an image" in reason_of(rules_of(tmp_path), PurePath(path))


# From https://docs.docker.com/build/concepts/context/#syntax, and what its own client does.
@pytest.mark.parametrize(
    ("text", "out", "taken"),
    [
        ("*/temp*", "somedir/temporary.txt", "somedir/subdir/temporary.txt"),
        ("*/*/temp*", "somedir/subdir/temporary.txt", "somedir/temporary.txt"),
        ("temp?", "tempa", "tempab"),
        ("**/*.go", "a/b/main.go", "a/b/main.gob"),
        ("**/*.go", "main.go", "main"),
        ("foo/bar", "foo/bar/baz", "a/foo/bar"),
        ("/foo/bar/", "foo/bar", "bar"),
        ("./foo/../lib", "lib/a.py", "foo/lib"),
        ("*.md\n!README.md", "NOTES.md", "README.md"),
        ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", "README-public.md"),
        ("*.md\nREADME-secret.md\n!README*.md", "NOTES.md", "README-secret.md"),
        ("*\n!app", "manage.txt", "app/views.py"),
        ("*\n!app\n!manage.py", "notes.txt", "manage.py"),
        ("app\n!app/keep", "app/gone/a.py", "app/keep/deep/a.py"),
        ("# *.py\n*.txt", "a.txt", "a.py"),
        ("[ab].py", "a.py", "c.py"),
        (r"\[x\].py", "[x].py", "x.py"),
        ("**/node\n!**/x", "a/node/deep/y", "a/other/y"),
    ],
)
def test_a_dockerignore_line_means_what_docker_says(text: str, out: str, taken: str) -> None:
    assert not taken_by_docker(text, out)
    assert taken_by_docker(text, taken)


def test_all_but_some_packages_leaves_those_packages_in(tmp_path: Path) -> None:
    write(tmp_path, ".dockerignore", text="*\n!app\n!manage.py\n")
    write(tmp_path, "manage.py", "notes.txt", "app/urls.py", "app/deep/views.py", "other/a.py")
    assert names_of(tmp_path) == ["app/deep/views.py", "app/urls.py", "manage.py"]


def test_the_dockerignore_goes_before_the_gitignore(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="# mine\n\nbuilt.js\n")
    write(tmp_path, "built.js", "notes.txt")
    assert names_of(tmp_path) == [".gitignore", "notes.txt"]
    write(tmp_path, ".dockerignore", text="notes.txt\n")
    assert names_of(tmp_path) == [".dockerignore", ".gitignore", "built.js"]


def test_files_come_in_order_and_without_what_is_ignored(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="media/\n.gitignore\n")
    write(tmp_path, "b.py", "a/z.py", "a/b.pyc", "media/x.png", ".venv/lib/y.py", ".env")
    (tmp_path / "broken").symlink_to("nowhere")
    assert names_of(tmp_path) == ["a/z.py", "b.py"]


def test_the_rule_is_named(tmp_path: Path) -> None:
    write(tmp_path, "app/.gitignore", text="/local.py\n")
    assert reason_of(rules_of(tmp_path / "app"), PurePath("local.py")) == ".gitignore: /local.py"
    write(tmp_path, "app/.dockerignore", text="*\n!a\n")
    assert reason_of(rules_of(tmp_path / "app"), PurePath("b/c.py")) == ".dockerignore: *"


# Each .gitignore by its folder; compared with Git itself for all files below app/.
REPOSITORIES: list[dict[str, str]] = [
    {"": "*.log\n/app/build\n", "app": "!keep.log\n"},
    {"": "credentials.json\n.env.*\n!.env.example\n"},
    {"app": "/build\nsub/\n!sub/deep\n"},
    {"app": "*\n!*/\n!*.py\n"},
    {"app": "**/deep\n*.txt\n", "app/sub": "!deep\n"},
    {"": "**/deep/*\n", "app/sub": "!deep/a.py\n"},
    {"app": "a/**/d.py\n#x\n\\#x\n!  \ntrailing.txt   \n"},
    {"app": "build/\n!build/o.js\n"},
]
FILES = (
    *("app/a.py", "app/x.log", "app/keep.log", "app/build/o.js", "app/sub/build/o.js"),
    *("app/sub/deep/a.py", "app/sub/deep/b.txt", "app/a/d.py", "app/a/b/c/d.py", "app/#x"),
    *("app/.env.production", "app/.env.example", "app/credentials.json", "app/trailing.txt"),
)


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Path]:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    write(tmp_path, *FILES)
    yield tmp_path


@pytest.mark.parametrize("ignored", REPOSITORIES)
def test_gitignore_means_what_git_says(repository: Path, ignored: dict[str, str]) -> None:
    for folder, text in ignored.items():
        write(repository, f"{folder}/.gitignore".lstrip("/"), text=text)
    git = ["git", "-C", str(repository), "check-ignore", "--no-index", *FILES]
    told = subprocess.run(git, capture_output=True, text=True)
    assert told.returncode == 0 and told.stdout, "Git ignores nothing here: the case says nothing"
    rules = GitRules(repository / "app")
    found = {f for f in FILES if rules.reason(PurePath(f).relative_to("app"), is_folder=False)}
    assert found == set(told.stdout.splitlines())


def test_an_app_that_the_repository_ignores_is_taken_all_the_same(repository: Path) -> None:
    write(repository, ".gitignore", text="/app\n*.log\n")
    assert "a.py" in names_of(repository / "app")
