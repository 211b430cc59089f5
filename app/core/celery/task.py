"""The base class of every task: retries while a part is unavailable, then a dead letter."""

from typing import Any

from celery.app.task import extract_exec_options  # type: ignore[attr-defined]
from celery.contrib.django.task import DjangoTask

from core.resilience import UNAVAILABLE

OUTBOX = "outbox"  # the header with the id of an outbox message


def run_outbox_message(task: Any, *, message: int) -> Any:
    """Run the task of an outbox message. The outbox app puts its own function here."""
    raise LookupError(f"message {message} of the outbox, which is not installed")


def outbox_message(request: Any) -> int | None:
    """Return the id of the outbox message of a task's request, or None."""
    found = request.get(OUTBOX) or (request.headers or {}).get(OUTBOX)
    return None if found is None else int(found)


def declared_options(task: Any) -> dict[str, Any]:
    """Return the options that a task declares: its queue, priority, expiry and limits."""
    found: dict[str, Any] = extract_exec_options(task)
    return found


class Task(DjangoTask):  # type: ignore[type-arg]
    """Celery's task for Django: `delay_on_commit` sends it after the commit.

    Celery runs a task of the outbox like any other, with its own queue, retries and limits. Only
    its arguments are in the outbox's row, and its outcome is stored there.
    """

    autoretry_for = UNAVAILABLE
    max_retries = 5
    # Seconds, doubled each time, with jitter; the longest wait is far below VISIBILITY.
    retry_backoff = 2
    retry_backoff_max = 60
    retry_jitter = True
    # A task that kills its worker each time is not retried without bound either.
    retry_on_worker_lost = True
    default_retry_delay = 10
    # Whether a failure is stored (outbox.failures): not of tasks that beat sends again anyway.
    dead_letter = True
    # Whether a task of the outbox, and the mark that it is done, are one transaction: then its
    # changes in PostgreSQL happen exactly once. False for a task that waits for another server
    # (mail, HTTP): no transaction is open meanwhile, and it may run twice after a crash.
    outbox_transaction = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task, in a worker or as a plain function."""
        if self.request.called_directly:
            return super().__call__(*args, **kwargs)
        message = outbox_message(self.request)
        if message is None:
            return self.run(*args, **kwargs)
        return run_outbox_message(self, message=message)

    def apply_async(  # type: ignore[override]
        self, args: Any = None, kwargs: Any = None, **options: Any
    ) -> Any:
        """Send the task. An outbox message's arguments stay in its row and are not checked here."""
        if OUTBOX not in (options.get("headers") or {}):
            return super().apply_async(args, kwargs, **options)
        own = {**declared_options(self), "ignore_result": self.ignore_result, **options}
        return self.app.send_task(self.name, args, kwargs, task_type=self, **own)

    def retry(
        self,
        args: Any = None,
        kwargs: Any = None,
        exc: Any = None,
        throw: bool = True,
        eta: Any = None,
        countdown: float | None = None,
        max_retries: int | None = None,
        **options: Any,
    ) -> Any:
        """Retry as Celery does; an outbox message not before its lease is released."""
        if outbox_message(self.request) is not None and eta is None:
            countdown = max(1, self.default_retry_delay if countdown is None else countdown)
        given: Any = (args, kwargs, exc, throw, eta, countdown, max_retries)
        return super().retry(*given, **options)
