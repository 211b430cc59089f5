"""Sends a text, and looks where it is."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from config.celery import app
from echo.tasks import echo


@dataclass(frozen=True, kw_only=True)
class EchoState:
    """Where a text is. An id that was never given out, or is too old, is PENDING too."""

    id: UUID
    status: str
    result: str | None


def send_text(*, text: str) -> UUID:
    """Queue the text; the id is how to ask for it later."""
    return UUID(echo.delay(text).id)


def find_text(*, identity: UUID) -> EchoState:
    """Ask the result backend once."""
    meta: dict[str, Any] = app.backend.get_task_meta(str(identity))
    done = meta["status"] == "SUCCESS"
    return EchoState(
        id=identity, status=meta["status"], result=str(meta["result"]) if done else None
    )
