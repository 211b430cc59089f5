"""What every task is: retried for a while when a part is away, then kept where a person sees it."""

from typing import Any

from celery.app.task import extract_exec_options  # type: ignore[attr-defined]
from celery.contrib.django.task import DjangoTask

from core.resilience import UNAVAILABLE

OUTBOX = "outbox"  # the header with the number of an outbox message


def run_outbox_message(task: Any, *, message: int) -> Any:
    """Run the task of an outbox message. The outbox app puts its own function here."""
    raise LookupError(f"message {message} of the outbox, which is not installed")


def outbox_message(request: Any) -> int | None:
    """The number of the outbox message that a task's request came from; None for another one."""
    found = request.get(OUTBOX) or (request.headers or {}).get(OUTBOX)
    return None if found is None else int(found)


def declared_options(task: Any) -> dict[str, Any]:
    """What a task says of how it is sent: its queue, priority, expiry and limits."""
    found: dict[str, Any] = extract_exec_options(task)
    return found


class Task(DjangoTask):  # type: ignore[type-arg]
    """Celery's task for Django: `delay_on_commit` sends it once the transaction has ended well.

    A task that the outbox sends is run by Celery as any other, with its own queue, retries and
    limits. Only its arguments are in the outbox's row, and its end is written down there.
    """

    autoretry_for = UNAVAILABLE
    max_retries = 5
    # Seconds, doubled each time, with jitter; the longest wait is far below VISIBILITY.
    retry_backoff = 2
    retry_backoff_max = 60
    retry_jitter = True
    # What kills its worker each time is not tried for ever either.
    retry_on_worker_lost = True
    default_retry_delay = 10
    # Whether a failure is kept: not of what beat sends again anyway (see outbox.failures).
    dead_letter = True
    # Whether what the outbox has this task do, and the mark that it is done, are one transaction:
    # then what it writes to PostgreSQL happens exactly once. False for a task that waits for
    # others (mail, HTTP): no transaction is open meanwhile, and it may run twice after a crash.
    outbox_transaction = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it: Celery calls this in a worker, and whoever calls the task as a function."""
        if self.request.called_directly:
            return super().__call__(*args, **kwargs)
        message = outbox_message(self.request)
        if message is None:
            return self.run(*args, **kwargs)
        return run_outbox_message(self, message=message)

    def apply_async(  # type: ignore[override]
        self, args: Any = None, kwargs: Any = None, **options: Any
    ) -> Any:
        """Send it. Of an outbox message the arguments stay in its row: none are checked here."""
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
        """Celery's. Work of the outbox is not sent again before its lease is given back."""
        if outbox_message(self.request) is not None and eta is None:
            countdown = max(1, self.default_retry_delay if countdown is None else countdown)
        given: Any = (args, kwargs, exc, throw, eta, countdown, max_retries)
        return super().retry(*given, **options)
