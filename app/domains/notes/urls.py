"""Below /api/v1/notes/."""

from django.urls import path

from domains.notes.apis import NoteDetailApi, NoteListApi, RecentNotesApi

app_name = "notes"
urlpatterns = [
    path("", NoteListApi.as_view(), name="list"),
    path("recent/", RecentNotesApi.as_view(), name="recent"),
    path("<id:note_id>/", NoteDetailApi.as_view(), name="detail"),
]
