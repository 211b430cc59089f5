"""Notes in the admin."""

from django.contrib import admin

from domains.notes.models import Note


@admin.register(Note)
class NoteAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The list that a person looks through."""

    list_display = ("id", "title", "created_at")
    search_fields = ("title",)
    show_full_result_count = False
