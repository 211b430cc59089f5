"""Celery tasks of notes. Workers find this module by its name."""

from celery import shared_task

from core.celery.task import Task
from domains.notes import services


@shared_task(base=Task, name="domains.notes.tasks.count_words", ignore_result=True)
def count_words(note_id: int) -> None:
    """Count the words of a new note."""
    services.count_words(note_id)
