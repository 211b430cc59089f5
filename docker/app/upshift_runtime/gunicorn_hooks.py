"""Gunicorn's server hooks; `gunicorn.conf.py` imports them."""

from typing import Any

from upshift_runtime import fork, uploads

_forked = False


def pre_fork(server: Any, worker: Any) -> None:
    """Before each fork, in the process that has loaded the project (`service.preload`).

    What cannot be closed stops the start. A worker that is replaced later is not stopped for it:
    the service runs, and a thread of the project may have a connection of its own by then.
    """
    global _forked
    fork.close_connections()
    if _forked:
        return
    try:
        fork.demand_closed()
    except fork.OpenConnection as error:
        from gunicorn.errors import HaltServer

        raise HaltServer(str(error)) from error
    _forked = True


def child_exit(server: Any, worker: Any) -> None:
    """After a worker's end, in the process that starts the next one.

    Only what is old: the other workers may be in the middle of a request.
    """
    uploads.remove_uploads(older_than_seconds=uploads.OLD_SECONDS)
