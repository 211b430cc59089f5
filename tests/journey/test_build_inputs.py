"""Images as a user builds them: what goes in, and what is refused by its name."""

import io
import os
import secrets
import subprocess
import tarfile
from pathlib import Path, PurePath

import pytest

from stacks.dockerignore import last_match, parsed
from tests.bundled import bundled_app
from tests.journey.conftest import Journey, docker

pytestmark = pytest.mark.journey
FILES = (
    *("a.py", "notes.txt", "app/a.py", "app/keep/b.py", "app/keep/deep/c.txt", "lib/x.log"),
    *("lib/sub/x.log", "[x].py", "a b.py", "README-public.md", "README-secret.md", "NOTES.md"),
)
# Some of a .dockerignore each; with a `!` that names folders, since the classic client looks for
# exceptions with wildcards in no folder that is left out.
IGNORED = (
    "*\n!app\n",
    "app/\n!app/keep\n",
    "**/x.log\n./app/../lib/sub\n",
    "*.md\n!README*.md\nREADME-secret.md\n",
    "[a-b].py\n/notes.tx?\n\\[x\\].py\n",
    "*/*\n!lib/x.log\n# NOTES.md\n",
    "app/**\n!app\n",
    "**\n!app/keep/deep\n!a b.py\n",
)


@pytest.mark.parametrize("text", IGNORED)
def test_a_dockerignore_means_what_dockers_own_client_does(tmp_path: Path, text: str) -> None:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / ".dockerignore").write_text(text)
    recipe = b"FROM scratch\nCOPY . /\n"
    build = ["docker", "build", "-q", "--no-cache", "-f", "-", str(tmp_path)]
    image = output_of(build, given=recipe).decode().strip()
    try:
        container = docker("create", "--label", "upshift.test=dockerignore", image, "none").strip()
        exported = output_of(["docker", "export", container])
        docker("rm", container)
    finally:
        docker("image", "rm", image)
    names = set(tarfile.open(fileobj=io.BytesIO(exported)).getnames())
    decided = {name: last_match(parsed(text), PurePath(name)) for name in FILES}
    ours = {name for name, line in decided.items() if line is None or line.is_include}
    assert 0 < len(ours) < len(FILES) and ours == names & set(FILES)


def output_of(command: list[str], *, given: bytes = b"") -> bytes:
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
    done = subprocess.run(command, input=given, capture_output=True, env=environment)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture
def shop(journey: Journey, tmp_path: Path) -> Path:
    """A project with two packages, which imports one of them when Django would load it."""
    files = {
        "manage.py": "",
        "requirements.txt": "",
        "config/__init__.py": "",
        "config/wsgi.py": "import importlib, os\nimportlib.import_module(os.environ['PART'])\n",
        "config/celery.py": "",
        "basket/__init__.py": "",
        "basket/models.py": f"# {secrets.token_hex(8)}\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    app = {**bundled_app(tmp_path), "requirements": "requirements.txt"}
    journey.describe(app={**app, "environment": {"PART": "basket.models"}})
    return tmp_path


def test_a_package_that_is_left_out_fails_the_build_by_its_rule(
    journey: Journey, shop: Path
) -> None:
    (shop / ".dockerignore").write_text("*\n!config\n!manage.py\n!requirements.txt\n")
    build = journey.ops("build")
    assert build.returncode == 4, build.stdout + build.stderr
    assert "the image cannot import config.wsgi: it has no module 'basket'" in build.stderr
    assert ".dockerignore: *" in build.stderr
    (shop / ".dockerignore").write_text("*\n!config\n!manage.py\n!requirements.txt\n!basket\n")
    again = journey.ops("build")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "imported in the image: config.wsgi, config.celery" in again.stdout
    _remove_image(again.stdout)


def test_a_secret_looking_file_is_refused_until_it_is_allowed(journey: Journey, shop: Path) -> None:
    (shop / ".env.production").write_text("DATABASE_PASSWORD=canary\n")
    build = journey.ops("build")
    assert build.returncode == 4 and ".env.production: its name is like .env*" in build.stderr
    assert "Step" not in build.stdout and "canary" not in build.stderr
    up = journey.ops("up")
    assert up.returncode == 4 and ".env.production" in up.stderr
    app = journey.described["app"]
    journey.describe(app={**app, "allow_files": [".env.production"]})
    allowed = journey.ops("build")
    assert allowed.returncode == 0, allowed.stdout + allowed.stderr
    _remove_image(allowed.stdout)


def test_headers_that_are_missing_are_named_with_their_key(journey: Journey, shop: Path) -> None:
    """A package whose C sources need a library: refused with the keys, and built with them."""
    (shop / "requirements.txt").write_text("mysqlclient\n")
    build = journey.ops("build")
    assert build.returncode == 4, build.stdout + build.stderr
    assert "app.build_packages: [default-libmysqlclient-dev, pkg-config]" in build.stderr
    keys = {"build_packages": ["default-libmysqlclient-dev", "pkg-config"]}
    keys["packages"] = ["libmariadb3"]
    app = {**journey.described["app"], **keys}
    journey.describe(app={**app, "environment": {"PART": "MySQLdb"}})
    again = journey.ops("build")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "imported in the image" in again.stdout
    image = _remove_image(again.stdout)
    assert image.startswith("upshift/app:")


def _remove_image(shown: str) -> str:
    """Remove the image that a build has made, and return its tag."""
    rows = [line.split("\t") for line in shown.splitlines() if line.startswith("app\t")]
    ((_, image, _, now),) = rows
    assert now == "built"
    docker("image", "rm", image)
    return image
