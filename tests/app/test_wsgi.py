"""What a process of Gunicorn begins with."""

import subprocess
import sys

PROGRAM = """
import gc, sys
from config.wsgi import application
loaded = all(name in sys.modules for name in ("tasks.apis", "projects.apis", "accounts.apis"))
print(loaded, gc.get_freeze_count() > 50_000, len(gc.get_objects()) < 5_000)
"""


def test_all_is_loaded_and_out_of_the_collectors_way_before_the_first_request():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd="/srv/app", capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["True", "True", "True"], done.stdout + done.stderr
