"""The service's types, strictly: the toolkit's own check has no Django to look at."""

import os
import subprocess
import sys
from pathlib import Path


def test_the_service_is_typed():
    config = Path(__file__).with_name("mypy.ini")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(config)],
        cwd="/srv/app",
        env={**os.environ, "PYTHONPATH": "/srv/app"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    checked = int(done.stdout.split(" source files")[0].split()[-1])
    ours = [file for file in Path("/srv/app").rglob("*.py") if "migrations" not in file.parts]
    assert checked >= len(ours) > 100
