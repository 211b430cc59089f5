"""Errors in the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import APIException

from core.api.errors import CONTENT_TYPE, problem


class Problem(serializers.Serializer[Any]):
    """An error in the form of RFC 9457."""

    type = serializers.CharField(
        default="about:blank", help_text="about:blank, unless the status does not say it all."
    )
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(required=False)
    errors = serializers.JSONField(  # type: ignore[assignment]
        required=False, help_text="What is wrong with each field."
    )
    request_id = serializers.CharField(required=False)


CHANGE_METHODS = ("post", "put", "patch", "delete")
DESCRIPTIONS = {
    400: "The input is not valid.",
    401: "The token is not valid, or its session has ended. Log in again.",
    403: "You may not do this.",
    404: "There is nothing at this address.",
    409: "It conflicts with what exists, or with a request in progress.",
    412: "It was changed since you read it. Read it again, and send its new ETag.",
    413: "The body is too large.",
    422: "This Idempotency-Key was used for a different request.",
    428: "Say with If-Match which version you change: the ETag of your last read.",
    429: "Too many requests. Try again later.",
    503: "A part that the service needs is unavailable. Try again.",
}


Kind = type[APIException]


def problems(*errors: int | Kind) -> dict[Any, OpenApiResponse]:
    """Return the errors of an endpoint, for extend_schema(responses=...), each with an example.

    An error that has a problem type of its own is given as its class.
    """
    found: dict[int, list[OpenApiExample]] = {}
    for error in errors:
        status = error if isinstance(error, int) else error.status_code
        found.setdefault(status, []).append(_example(status, None if error == status else error))
    return {
        (status, CONTENT_TYPE): OpenApiResponse(
            Problem, description=DESCRIPTIONS[status], examples=examples
        )
        for status, examples in found.items()
    }


def _example(status: int, kind: Any) -> OpenApiExample:
    errors = {"field": ["This field is required."]} if status == 400 else None
    detail = str(kind.default_detail) if kind else DESCRIPTIONS[status]
    own = {name: getattr(kind, name, "") for name in ("kind", "title")}
    return OpenApiExample(
        f"error {kind.__name__ if kind else status}",
        value=problem(status, detail=detail, errors=errors, **own),
        media_type=CONTENT_TYPE,
        response_only=True,
        status_codes=[str(status)],
    )


def document_limits(result: Any, **_: Any) -> Any:
    """drf-spectacular's hook: every request that changes something may get 429."""
    limited = {
        "description": DESCRIPTIONS[429],
        "headers": {"Retry-After": {"schema": {"type": "integer"}, "description": "In seconds."}},
        "content": {
            CONTENT_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {"Error429": {"value": problem(429, detail=DESCRIPTIONS[429])}},
            }
        },
    }
    for methods in result["paths"].values():
        for method, operation in methods.items():
            if method in CHANGE_METHODS:
                operation["responses"]["429"] = limited
    return result
