"""What stays out of an image: what always does, and what the app's own lists name."""

from pathlib import Path, PurePath

import pytest

from stacks.ignored import Patterns, patterns_of
from stacks.release import files_of


@pytest.mark.parametrize("path", [".env", "a/.env", ".git", "a/__pycache__", "a/b.pyc", ".upshift"])
def test_some_things_always_stay_out(path: str) -> None:
    assert Patterns(("!*",)).leave_out(PurePath(path))


@pytest.mark.parametrize(
    ("line", "out", "taken"),
    [
        ("*.sqlite3", "data/db.sqlite3", "data/db.py"),
        ("media/", "media", "medias"),
        ("/media", "media", "a/media"),
        ("a/b", "a/b", "b"),
        ("a/**/c", "a/x/y/c", "a/x/y/d"),
        ("**/local.py", "config/local.py", "config/locals.py"),
    ],
)
def test_a_line_matches_as_in_gitignore(line: str, out: str, taken: str) -> None:
    patterns = Patterns((line,))
    assert patterns.leave_out(PurePath(out))
    assert not patterns.leave_out(PurePath(taken))


def test_the_last_line_that_matches_decides() -> None:
    patterns = Patterns(("*.log", "!keep.log"))
    assert patterns.leave_out(PurePath("other.log"))
    assert not patterns.leave_out(PurePath("keep.log"))


def test_the_dockerignore_goes_before_the_gitignore(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("# mine\n\nbuilt.js\n")
    assert patterns_of(tmp_path).lines == ("built.js",)
    (tmp_path / ".dockerignore").write_text("notes.txt\n")
    assert patterns_of(tmp_path).lines == ("notes.txt",)


def test_files_come_in_order_and_without_what_is_ignored(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("media/\n.gitignore\n")
    for name in ("b.py", "a/z.py", "a/b.pyc", "media/x.png", ".venv/lib/y.py", ".env"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "broken").symlink_to("nowhere")
    assert [str(path.relative_to(tmp_path)) for path in files_of(tmp_path)] == ["a/z.py", "b.py"]
