"""Versions in headers: an answer that is known already is not sent, a stale change is refused.

The tag of an answer is the version of its row (RFC 9110, 8.8.3). A change says with If-Match which
version it was made from (13.1.1). It is only safe when the UPDATE's own WHERE asks for the same
version: between a look and a write another one may come.
"""

import re
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

# A proxy that compresses an answer marks its tag as weak (W/): the version is the same.
OURS = re.compile(r'(?:W/)?"([0-9]{1,9})(?:\.[a-z]+)?"')
TAG = {"type": "string", "pattern": r'^"[0-9]{1,9}(\.[a-z]+)?"$', "example": '"1"'}
GIVEN_TAG = {"type": "string", "minLength": 1, "example": '"1"'}
IF_MATCH = OpenApiParameter(
    "If-Match",
    GIVEN_TAG,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the version that the change was made from.",
)
OPTIONAL_IF_MATCH = OpenApiParameter(
    "If-Match",
    GIVEN_TAG,
    OpenApiParameter.HEADER,
    description="With it, only the version that has this ETag.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    {"type": "string"},
    OpenApiParameter.HEADER,
    description="The ETag of what you have: 304 and no body, where nothing has changed.",
)


class VersionMissing(APIException):
    """RFC 6585, 3."""

    status_code = 428
    default_detail = "Say with If-Match which version you change: the ETag of your last read."


class VersionStale(APIException):
    """Somebody else was faster."""

    status_code = 412
    default_detail = "It was changed since you read it. Read it again, and send its new ETag."


def tag(version: int, *, view: str = "") -> str:
    """The ETag of a row; `view` is what else the answer depends on: the role of who asks, say."""
    return f'"{version}.{view}"' if view else f'"{version}"'


def tags(header: str) -> set[str]:
    """The tags of If-Match or If-None-Match, without the sign of a weak one."""
    return {item.strip().removeprefix("W/") for item in header.split(",") if item.strip()}


def expected_version(request: Request) -> int:
    """The version that If-Match names. Raises VersionMissing, or VersionStale for no version.

    A list and `*` are refused: they would overwrite what the sender has not seen. RFC 9110 (13.1.1)
    lets no weak tag match, since two weak ones may stand for different bytes; here the version
    decides, in the statement that makes the change, and a version has one content.
    """
    given = request.headers.get("If-Match", "").strip()
    if not given or given == "*":
        raise VersionMissing()
    # What is no version of ours never matches.
    found = OURS.fullmatch(given)
    if found is None:
        raise VersionStale()
    return int(found[1])


def is_not_modified(request: Request, named: str) -> bool:
    """Whether If-None-Match has the tag: then 304 will do."""
    known = tags(request.headers.get("If-None-Match", ""))
    return "*" in known or named in known


def versioned_response(request: Request, data: Any, *, version: int, view: str = "") -> Response:
    """The answer with its tag; 304 and nothing where the client has it."""
    named = tag(version, view=view)
    # "private": a shared cache must not keep it; "no-cache": the browser's own asks each time.
    headers = {"ETag": named, "Cache-Control": "private, no-cache"}
    if is_not_modified(request, named):
        return Response(status=304, headers=headers)
    return Response(data, headers=headers)
