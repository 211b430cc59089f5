"""ETags: a client's current copy is not sent again, and a change of a stale copy is refused.

The ETag of a response is the version of its row (RFC 9110, 8.8.3). A change names with If-Match the
version it was made from (13.1.1). The UPDATE's own WHERE must compare the version, too: another
change may be written between a read and a write.
"""

import re
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

# A proxy that compresses a response marks its ETag as weak (W/): the version is the same.
ETAG_PATTERN = re.compile(r'(?:W/)?"([0-9]{1,9})(?:\.[a-z]+)?"')
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
    """The row was changed since the client read it."""

    status_code = 412
    default_detail = "It was changed since you read it. Read it again, and send its new ETag."


def tag(version: int, *, view: str = "") -> str:
    """Return the ETag of a row; `view` names what else the response depends on, such as a role."""
    return f'"{version}.{view}"' if view else f'"{version}"'


def tags(header: str) -> set[str]:
    """Return the ETags of If-Match or If-None-Match, without their weakness prefix."""
    return {item.strip().removeprefix("W/") for item in header.split(",") if item.strip()}


def expected_version(request: Request) -> int:
    """Return the version that If-Match names. Raises VersionMissing or VersionStale.

    A list and `*` are refused: they would overwrite what the client has not seen. RFC 9110 (13.1.1)
    lets no weak ETag match: two may stand for different bytes. Here a version has one content.
    """
    given = request.headers.get("If-Match", "").strip()
    if not given or given == "*":
        raise VersionMissing()
    # Another form of ETag never matches.
    found = ETAG_PATTERN.fullmatch(given)
    if found is None:
        raise VersionStale()
    return int(found[1])


def is_not_modified(request: Request, named: str) -> bool:
    """Whether If-None-Match has the ETag, so that the response is 304."""
    known = tags(request.headers.get("If-None-Match", ""))
    return "*" in known or named in known


def versioned_response(request: Request, data: Any, *, version: int, view: str = "") -> Response:
    """Return the response with its ETag, or 304 if the client has this version."""
    named = tag(version, view=view)
    # private: no shared cache stores it; no-cache: the browser revalidates its copy each time.
    headers = {"ETag": named, "Cache-Control": "private, no-cache"}
    if is_not_modified(request, named):
        return Response(status=304, headers=headers)
    return Response(data, headers=headers)
