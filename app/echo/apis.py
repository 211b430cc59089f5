"""The endpoints of the round trip, only for the smoke checks and their token.

Each text takes memory in the queue's Redis, which evicts nothing: so no other client may send one.
"""

from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.error_schema import problems
from core.api.operator_tokens import SMOKE_HEADER, SmokeCheckView
from echo.serializers import EchoAccepted, EchoInput, EchoOutput
from echo.services import find_text, send_text

TEXT = OpenApiExample("a text", value={"text": "Hello"}, request_only=True)
ID = "6f1c7f0e-3f0b-4b61-9d0e-0a5f6c1f8a11"
ACCEPTED = OpenApiExample("an id", value={"id": ID}, response_only=True, status_codes=["202"])
BACK = OpenApiExample(
    "it is back", value={"id": ID, "status": "SUCCESS", "result": "Hello"}, response_only=True
)
TOKEN = OpenApiParameter(
    SMOKE_HEADER,
    str,
    OpenApiParameter.HEADER,
    description="The token of the smoke checks (SMOKE_TOKEN). Every other client gets 403.",
)


class EchoApi(SmokeCheckView, generics.GenericAPIView[Any]):
    """Sends a text to a worker."""

    serializer_class = EchoInput

    @extend_schema(
        operation_id="echo_create",
        request=EchoInput,
        parameters=[TOKEN],
        responses={202: EchoAccepted, **problems(400, 403, 413, 503)},
        examples=[TEXT, ACCEPTED],
    )
    def post(self, request: Request) -> Response:
        """Queue a text. Ask for it with the id."""
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        identity = send_text(text=given.validated_data["text"])
        location = request.build_absolute_uri(reverse("echo:detail", args=[identity]))
        return Response({"id": str(identity)}, status=202, headers={"Location": location})


class EchoDetailApi(SmokeCheckView, APIView):
    """Reports where a text is."""

    @extend_schema(
        operation_id="echo_detail",
        parameters=[TOKEN],
        responses={200: EchoOutput, **problems(403, 404, 503)},
        examples=[BACK],
    )
    def get(self, request: Request, echo_id: UUID) -> Response:
        """The state, and the text once it is back."""
        response = Response(EchoOutput(find_text(identity=echo_id)).data)
        response["Cache-Control"] = "no-store"
        return response
