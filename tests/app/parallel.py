"""Functions that start together, each in a thread with connections of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections

PATIENCE = 20  # seconds: a bound, not a measure


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Their results in order; for one that raised, the name of its error."""
    ready = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        ready.wait(PATIENCE)
        try:
            return work()
        except Exception as error:
            return type(error).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return [sent.result(PATIENCE) for sent in [pool.submit(run, work) for work in works]]
