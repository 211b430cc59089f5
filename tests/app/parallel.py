"""Functions that run together, each in a thread with connections of its own."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

from django.db import connection, connections, transaction

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


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


@contextmanager
def beside(work: Callable[[], Any]) -> Iterator[list[Any]]:
    """What is done inside is one transaction, which ends when `work` waits for it.

    Afterwards the list has the one result of `work`. It must have waited.
    """
    results: list[Any] = []

    def run() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            yield results
            sent = pool.submit(run)
            assert _waits(sent), sent.result()
        results.append(sent.result(PATIENCE))


def _waits(sent: "Future[Any]") -> bool:
    """Whether it waits for a lock, and is not done."""
    end = time.monotonic() + PATIENCE
    while not sent.done() and time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return True
        time.sleep(0.005)
    return False
