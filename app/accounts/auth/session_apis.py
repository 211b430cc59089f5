"""The addresses of one's own password and sessions."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import cookies, passwords
from accounts.auth.access import current_user
from accounts.auth.apis import NO_STORE, PAIR, agent_of, answer
from accounts.auth.authentication import bearer
from accounts.auth.rate_limits import count_account
from accounts.auth.serializers import PasswordChange, SessionOutput, Tokens
from accounts.auth.sessions import store
from core.api.error_schema import problems

CHANGE = OpenApiExample(
    "a change",
    value={"current": "a long sentence", "password": "another long sentence"},
    request_only=True,
)
SESSION = OpenApiExample(
    "a session",
    value={
        "id": "kbLsZ1…",
        "began": "2026-03-01T09:00:00Z",
        "ends": "2026-03-08T09:00:00Z",
        "agent": "Mozilla/5.0",
        "current": True,
    },
    response_only=True,
    status_codes=["200"],
)


class PasswordApi(APIView):
    """The password of whoever asks."""

    @extend_schema(
        operation_id="auth_password_change",
        request=PasswordChange,
        responses={200: Tokens, **problems(400, 401, 403, 413, 503)},
        examples=[CHANGE, PAIR],
    )
    def post(self, request: Request) -> Response:
        """Change it. All sessions end, and who asks gets the tokens of a new one."""
        count_account(request, "login", account=current_user(request).id)
        given = PasswordChange(data=request.data)
        given.is_valid(raise_exception=True)
        pair = passwords.change(
            current_user(request).id, agent=agent_of(request), **given.validated_data
        )
        return answer(pair, web="" if bearer(request) else "yes")


class SessionListApi(APIView):
    """The sessions of whoever asks."""

    @extend_schema(
        operation_id="auth_sessions",
        responses={200: SessionOutput(many=True), **problems(401, 503)},
        examples=[SESSION],
    )
    def get(self, request: Request) -> Response:
        """All that have not ended, the newest first."""
        found = [
            {**session, "current": session["id"] == current_user(request).session}
            for session in store().all_of(user=current_user(request).id)
        ]
        return Response(SessionOutput(found, many=True).data, headers=NO_STORE)


class SessionApi(APIView):
    """One of them."""

    @extend_schema(
        operation_id="auth_session_end", responses={204: None, **problems(401, 403, 404, 503)}
    )
    def delete(self, request: Request, session_id: str) -> Response:
        """End it: its tokens are dead at once."""
        if not store().end_one(session_id, user=current_user(request).id):
            raise NotFound()
        response = Response(status=204, headers=NO_STORE)
        if session_id == current_user(request).session:
            cookies.clear(response)
        return response
