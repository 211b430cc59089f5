"""A declared cache that only tests fill."""

import threading
import time

from core.cache.cached import Cached

LIST = Cached(name="canary", seconds=30)
PATIENCE = 20


class Source:
    """Computes values, each another; tells how often."""

    def __init__(self, *, seconds=0.0):
        self.seconds, self.times, self.lock = seconds, 0, threading.Lock()

    def __call__(self):
        with self.lock:
            self.times += 1
            now = self.times
        time.sleep(self.seconds)
        return b"value %d" % now


def get(key="", *, compute):
    """A value of the canary's cache."""
    return LIST.get_or_compute(key, compute=compute)
