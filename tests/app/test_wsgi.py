"""What a process of Gunicorn begins with."""

import subprocess
import sys

PROGRAM = """
import gc, sys
from config.wsgi import application
apis = ("domains.tasks.apis", "domains.projects.apis", "accounts.auth.login.apis")
loaded = all(name in sys.modules for name in apis)
print(loaded, gc.get_freeze_count() > 50_000, len(gc.get_objects()) < 5_000)
"""
FORKABLE = """
import os, threading
from config.wsgi import application
open_ones = [os.readlink(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd")[:-1]]
print(threading.active_count(), sum(each.startswith("socket:") for each in open_ones))
"""


def printed(program):
    done = subprocess.run(
        [sys.executable, "-c", program], cwd="/srv/app", capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_all_is_loaded_and_out_of_the_collectors_way_before_the_first_request():
    assert printed(PROGRAM) == ["True", "True", "True"]


def test_what_is_loaded_may_be_forked():
    assert printed(FORKABLE) == ["1", "0"], "no thread but the first, no connection"
