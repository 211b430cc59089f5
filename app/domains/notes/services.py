"""What changes notes."""

from domains.notes.models import Note


def create_note(*, title: str, body: str = "") -> Note:
    """Write one note, checked as the model says."""
    note = Note(title=title, body=body)
    note.full_clean()
    note.save()
    return note
