"""Sends a text, and looks where it is."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from celery import current_app

from echo.tasks import echo


@dataclass(frozen=True, kw_only=True)
class EchoState:
    """Where a text is. An id that was never given out, or is too old, is PENDING too."""

    id: UUID
    status: str
    result: str | None


def _task_id(identity: UUID) -> str:
    """What Celery calls a text's task: no other task's id looks so, and its result stays shut."""
    return f"echo-{identity}"


def send_text(*, text: str) -> UUID:
    """Queue the text; the id is how to ask for it later."""
    identity = uuid4()
    echo.apply_async(args=(text,), task_id=_task_id(identity))
    return identity


def find_text(*, identity: UUID) -> EchoState:
    """Ask the result backend once, and only for what was sent here."""
    meta: dict[str, Any] = current_app.backend.get_task_meta(_task_id(identity))
    done = meta["status"] == "SUCCESS"
    return EchoState(
        id=identity, status=meta["status"], result=str(meta["result"]) if done else None
    )
