"""Sends a text, and looks up its state."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from celery import current_app

from echo.tasks import echo


@dataclass(frozen=True, kw_only=True)
class EchoState:
    """The state of a round trip. An unknown or expired id is PENDING, too."""

    id: UUID
    status: str
    result: str | None


def _task_id(identity: UUID) -> str:
    """Return the Celery task id. Only these have the prefix, so no other result can be read."""
    return f"echo-{identity}"


def send_text(*, text: str) -> UUID:
    """Queue the text; return the id of the round trip."""
    identity = uuid4()
    echo.apply_async(args=(text,), task_id=_task_id(identity))
    return identity


def find_text(*, identity: UUID) -> EchoState:
    """Read the result backend once, and only a task that `send_text` made."""
    meta: dict[str, Any] = current_app.backend.get_task_meta(_task_id(identity))
    done = meta["status"] == "SUCCESS"
    return EchoState(
        id=identity, status=meta["status"], result=str(meta["result"]) if done else None
    )
