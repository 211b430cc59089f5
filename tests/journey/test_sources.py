"""A package that offers its sources only, in C, in a real image: built there, by hash."""

import json
from pathlib import Path

import pytest

from tests import sdist
from tests.bundled import bundled_app
from tests.journey.conftest import Journey, docker

pytestmark = pytest.mark.journey


def test_sources_are_built_in_the_image(journey: Journey, tmp_path: Path) -> None:
    app, index = tmp_path / "app", tmp_path / "index"
    (app / "config").mkdir(parents=True)
    index.mkdir()
    (app / "manage.py").touch()
    (app / "config" / "wsgi.py").touch()
    (app / "config" / "celery.py").touch()
    (app / "requirements.lock").write_text(sdist.write(index, sdist.IN_C))
    journey.environment |= {"PIP_FIND_LINKS": str(index)}
    journey.describe(app=bundled_app(app))
    build = journey.ops("build")
    assert build.returncode == 0, build.stdout + build.stderr
    rows = [line.split("\t") for line in build.stdout.splitlines() if line.startswith("app\t")]
    ((_, image, _, now),) = rows
    assert now == "built"
    try:
        inside = ["run", "--rm", "--network", "none", image]
        code = "import json, tinything; print(json.dumps(tinything.__doc__))"
        assert json.loads(docker(*inside, "python", "-c", code)) == "made of C"
        left = docker(*inside, "sh", "-c", "command -v gcc pip || echo neither").strip()
        assert left == "neither"
    finally:
        docker("image", "rm", image)
