"""Endpoints of notes: each checks its input, calls a service or a selector, and responds."""

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth.access import current_user
from accounts.auth.smoke_account import UserOrSmokeCheckAuthentication
from core.api.error_schema import problems
from core.api.pagination import CursorPages, PageQuery, checked_query
from domains.notes.models import Note
from domains.notes.selectors import note_of, notes_of
from domains.notes.serializers import NoteInput, NoteOutput
from domains.notes.services import create_note
from idempotency.apis import KEY, IdempotentMixin

NEW = OpenApiExample("a note", value={"title": "Milk", "body": "Two of it."}, request_only=True)
NOTE = OpenApiExample(
    "a note",
    value={
        **{"id": 7, "title": "Milk", "body": "Two of it.", "word_count": 4},
        **{"created_at": "2026-01-31T09:30:00Z", "updated_at": "2026-01-31T09:30:00Z"},
    },
    response_only=True,
    status_codes=["200", "201"],
)


class NotePages(CursorPages):
    """The newest first."""

    ordering = "-id"


class NoteListApi(IdempotentMixin, generics.GenericAPIView[Note]):
    """The caller's notes, and a new one."""

    # The smoke checks write a note too. Without this line: users alone.
    authentication_classes = (UserOrSmokeCheckAuthentication,)
    pagination_class = NotePages
    serializer_class = NoteInput

    def get_queryset(self) -> QuerySet[Note]:
        """The caller's own."""
        return notes_of(current_user(self.request).pk)

    @extend_schema(
        operation_id="notes_list",
        parameters=[PageQuery],
        responses={200: NoteOutput(many=True), **problems(400, 401, 404, 503)},
        examples=[NOTE],
    )
    def get(self, request: Request) -> Response:
        """One page of your notes, the newest first."""
        checked_query(request)
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(NoteOutput(page, many=True).data)

    @extend_schema(
        operation_id="notes_create",
        parameters=[KEY],
        request=NoteInput,
        responses={201: NoteOutput, **problems(400, 401, 409, 413, 422, 503)},
        examples=[NEW, NOTE],
    )
    def post(self, request: Request) -> Response:
        """Write a note."""
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        note = create_note(current_user(request).pk, **given.validated_data)
        url = request.build_absolute_uri(reverse("notes:detail", args=[note.pk]))
        return Response(NoteOutput(note).data, status=201, headers={"Location": url})


class NoteDetailApi(APIView):
    """One note."""

    authentication_classes = (UserOrSmokeCheckAuthentication,)

    @extend_schema(
        operation_id="notes_detail",
        responses={200: NoteOutput, **problems(401, 404, 503)},
        examples=[NOTE],
    )
    def get(self, request: Request, note_id: int) -> Response:
        """Your note with this id."""
        return Response(NoteOutput(note_of(current_user(request).pk, note_id)).data)
