"""URLs below /api/v1/notes/."""

from django.urls import path

from domains.notes.apis import NoteDetailApi, NoteListApi

app_name = "notes"
urlpatterns = [
    path("", NoteListApi.as_view(), name="list"),
    path("<id:note_id>/", NoteDetailApi.as_view(), name="detail"),
]
