"""Queries for notes. Each begins with the owner, so no user sees another's notes."""

from django.db.models import QuerySet
from django.http import Http404

from domains.notes.models import Note


def notes_of(owner_id: int) -> QuerySet[Note]:
    """The notes of a user."""
    return Note.objects.filter(owner_id=owner_id)


def note_of(owner_id: int, note_id: int) -> Note:
    """One note of a user. Raises Http404 for a note of another user, as for one that is missing."""
    note = notes_of(owner_id).filter(pk=note_id).first()
    if note is None:
        raise Http404
    return note
