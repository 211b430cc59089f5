"""The endpoints of the current user's sessions."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import cookies
from accounts.auth.access import current_user
from accounts.auth.openapi import response_example
from accounts.auth.responses import NO_STORE
from accounts.auth.sessions.store import session_store
from core.api.error_schema import problems

SESSION = response_example(
    "a session",
    id="kbLsZ1…",
    began="2026-03-01T09:00:00Z",
    ends="2026-03-08T09:00:00Z",
    agent="Mozilla/5.0",
    current=True,
)


class SessionOutput(serializers.Serializer[Any]):
    """One login. `agent` is the client's User-Agent; `current` marks the session of the request."""

    id = serializers.CharField()
    began = serializers.DateTimeField()
    ends = serializers.DateTimeField()
    agent = serializers.CharField(allow_blank=True)
    current = serializers.BooleanField()


class SessionListApi(APIView):
    """The sessions of the current user."""

    @extend_schema(
        operation_id="auth_sessions",
        responses={200: SessionOutput(many=True), **problems(401, 503)},
        examples=[SESSION],
    )
    def get(self, request: Request) -> Response:
        """List the sessions that have not ended, the newest first."""
        user = current_user(request)
        found = [
            {**session, "current": session["id"] == user.session_id}
            for session in session_store().of_user(user_id=user.id)
        ]
        return Response(SessionOutput(found, many=True).data, headers=NO_STORE)


class SessionApi(APIView):
    """One session of the current user."""

    @extend_schema(
        operation_id="auth_session_end", responses={204: None, **problems(401, 403, 404, 503)}
    )
    def delete(self, request: Request, session_id: str) -> Response:
        """End the session: its tokens are invalid at once."""
        user = current_user(request)
        if not session_store().end_one(session_id, user_id=user.id):
            raise NotFound()
        response = Response(status=204, headers=NO_STORE)
        if session_id == user.session_id:
            cookies.delete_token_cookies(response)
        return response
