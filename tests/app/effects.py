"""Tasks whose effects can be counted; a worker of the tests includes this module."""

import os
import signal
import time

from config.celery import app
from notes.models import Note


@app.task(name="effects.write", ignore_result=True)
def write(*, text: str, seconds: float = 0.0) -> None:
    """A row, and then some work: whoever is killed in it must leave nothing."""
    Note.objects.create(title=text)
    time.sleep(seconds)


@app.task(name="effects.stay", ignore_result=True)
def stay(*, text: str) -> None:
    """It goes on, whoever asks it to end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    write.run(text=text, seconds=60)


@app.task(name="effects.fail", ignore_result=True, max_retries=0)
def fail(*, text: str) -> None:
    """It writes, and then does not succeed."""
    Note.objects.create(title=text)
    raise ValueError(f"no luck with {text}, password=hunter2")


@app.task(name="effects.die", ignore_result=True, max_retries=1, default_retry_delay=0)
def die(*, text: str) -> None:
    """It takes its worker's process along, as the end of the memory does."""
    Note.objects.create(title=text)
    os.kill(os.getpid(), signal.SIGKILL)
