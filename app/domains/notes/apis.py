"""The addresses of notes: they take input, call a service or a selector, and answer."""

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth.access import PublicView
from core.api.error_schema import problems
from core.api.pagination import CursorPages, PageQuery, checked_query
from domains.notes.models import Note
from domains.notes.selectors import all_notes, recent_notes
from domains.notes.serializers import NoteInput, NoteOutput
from domains.notes.services import create_note

NEW = OpenApiExample("a note", value={"title": "Milk", "body": "Two of it."}, request_only=True)
NOTE = OpenApiExample(
    "a note",
    value={
        "id": 7,
        "title": "Milk",
        "body": "Two of it.",
        "created_at": "2026-01-31T09:30:00Z",
        "updated_at": "2026-01-31T09:30:00Z",
    },
    response_only=True,
    status_codes=["200", "201"],
)


class NotePages(CursorPages):
    """The newest first."""

    ordering = "-id"


class NoteListApi(PublicView, generics.GenericAPIView[Note]):
    """All notes, and a new one."""

    pagination_class = NotePages
    serializer_class = NoteInput

    def get_queryset(self) -> QuerySet[Note]:
        """Every note."""
        return all_notes()

    @extend_schema(
        operation_id="notes_list",
        parameters=[PageQuery],
        responses={200: NoteOutput(many=True), **problems(400, 404, 503)},
        examples=[NOTE],
    )
    def get(self, request: Request) -> Response:
        """One page of notes, the newest first."""
        checked_query(request)
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(NoteOutput(page, many=True).data)

    @extend_schema(
        operation_id="notes_create",
        request=NoteInput,
        responses={201: NoteOutput, **problems(400, 413, 503)},
        examples=[NEW, NOTE],
    )
    def post(self, request: Request) -> Response:
        """Write a note."""
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        note = create_note(**given.validated_data)
        place = request.build_absolute_uri(reverse("notes:detail", args=[note.pk]))
        return Response(NoteOutput(note).data, status=201, headers={"Location": place})


class NoteDetailApi(PublicView, APIView):
    """One note."""

    @extend_schema(
        operation_id="notes_detail",
        responses={200: NoteOutput, **problems(404, 503)},
        examples=[NOTE],
    )
    def get(self, request: Request, note_id: int) -> Response:
        """The note with this number."""
        return Response(NoteOutput(generics.get_object_or_404(all_notes(), pk=note_id)).data)


class RecentNotesApi(PublicView, APIView):
    """The newest notes, from the cache."""

    renderer_classes = (JSONRenderer,)

    @extend_schema(
        operation_id="notes_recent",
        responses={200: NoteOutput(many=True), **problems(503)},
        examples=[NOTE],
    )
    def get(self, request: Request) -> HttpResponse:
        """The 20 newest notes; up to 10 s old. They are the same for everybody."""
        public = {"Cache-Control": "public, max-age=1"}
        return HttpResponse(recent_notes(), content_type="application/json", headers=public)
