"""Changes of notes. Each service is one transaction."""

from django.db import transaction

from domains.notes.models import Note
from outbox.services import enqueue


@transaction.atomic
def create_note(owner_id: int, *, title: str, body: str = "") -> Note:
    """A new note. A worker counts its words, once this transaction has committed."""
    note = Note.objects.create(owner_id=owner_id, title=title, body=body)
    enqueue("domains.notes.tasks.count_words", args={"note_id": note.pk}, key=f"note-{note.pk}")
    return note


def count_words(note_id: int) -> None:
    """Store how many words a note has. A note that was deleted meanwhile is left out."""
    with transaction.atomic():
        note = Note.objects.select_for_update().filter(pk=note_id).first()
        if note is None:
            return
        note.word_count = len(f"{note.title} {note.body}".split())
        note.save(update_fields=["word_count"])
