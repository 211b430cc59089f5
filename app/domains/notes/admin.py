"""Notes in the admin."""

from django.contrib import admin

from domains.notes.models import Note


@admin.register(Note)
class NoteAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The list of all notes."""

    list_display = ("id", "title", "owner", "word_count", "created_at")
    list_select_related = ("owner",)
    raw_id_fields = ("owner",)
    search_fields = ("title",)
    show_full_result_count = False
