"""Endpoints of a project's members."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth.access import current_user
from core.api.error_schema import problems
from domains.projects import examples, member_codes, members
from domains.projects.access import Archived, project_for
from domains.projects.models import Role
from domains.projects.selectors import members_of
from domains.projects.serializers import MemberCode, MemberInput, MemberOutput


class MemberListApi(APIView):
    """Who is in a project."""

    @extend_schema(
        operation_id="projects_members",
        responses={200: MemberOutput(many=True), **problems(401, 404, 503)},
        examples=[examples.MEMBER],
    )
    def get(self, request: Request, project_id: int) -> Response:
        """All members, the first one first; 200 at most."""
        project_for(current_user(request).pk, project_id, at_least=Role.VIEWER)
        return Response(MemberOutput(members_of(project_id), many=True).data)


class MemberApi(APIView):
    """One member."""

    @extend_schema(
        operation_id="projects_member_put",
        request=MemberInput,
        responses={200: MemberOutput, **problems(400, 401, 403, 404, 409, Archived, 413, 503)},
        examples=[examples.NEW_ROLE, examples.MEMBER],
    )
    def put(self, request: Request, project_id: int, user_id: int) -> Response:
        """Give an account a role, new or another. For owners; the last one stays one (409).

        Who is not a member yet gives you a code (`/api/v1/members/code/`). Without it the answer is
        404, as for an account that is not there.
        """
        given = MemberInput(data=request.data)
        given.is_valid(raise_exception=True)
        found = members.put_member(
            current_user(request).pk, project_id, user_id=user_id, **given.validated_data
        )
        return Response(MemberOutput(found).data)

    @extend_schema(
        operation_id="projects_member_remove",
        responses={204: None, **problems(401, 403, 404, 409, Archived, 503)},
    )
    def delete(self, request: Request, project_id: int, user_id: int) -> Response:
        """Remove a member: owners remove anyone, others leave. The last owner stays (409)."""
        members.remove_member(current_user(request).pk, project_id, user_id=user_id)
        return Response(status=204)


class MemberCodeApi(APIView):
    """What lets an owner add the caller to a project."""

    @extend_schema(
        operation_id="projects_member_code",
        responses={200: MemberCode, **problems(401, 503)},
        examples=[examples.MEMBER_CODE],
    )
    def get(self, request: Request) -> Response:
        """A code, good for a week: give it to the owner of the project that you want to join."""
        user = current_user(request).pk
        seconds = int(member_codes.LIFETIME.total_seconds())
        found = {"user": user, "code": member_codes.new_code(user), "expires_in": seconds}
        return Response(MemberCode(found).data, headers={"Cache-Control": "no-store"})
