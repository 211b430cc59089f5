"""`Idempotency-Key`: a create request that is sent twice takes effect once."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.auth.access import current_user
from idempotency import keys
from idempotency.keys import StoredResponse

HEADER = "Idempotency-Key"
MAX_LENGTH = 255
VISIBLE = re.compile("[!-~]+")
JSON = "application/json"
STORED_HEADERS = ("Location", "ETag")
# For extend_schema(parameters=[...]) of each POST with the mixin.
KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH, "pattern": f"^{VISIBLE.pattern}$"},
    OpenApiParameter.HEADER,
    description=(
        "Up to 255 visible characters, new for each create. Sent again with the same body within"
        " a day, the first answer comes back, with `Idempotent-Replayed: true`."
    ),
)


class IdempotentMixin:
    """For an APIView whose `post` creates: stands before APIView among its bases.

    With a key, the claim, all that `post` writes and its response are one transaction. Only a
    response below 300 is stored: an error rolls everything back, and the key is free again.
    """

    post: Callable[..., HttpResponseBase]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Wrap `post`, after authentication, permissions and rate limits."""
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if request.method == "POST" and HEADER in request.headers:
            self.post = partial(run_once, self.post)


def run_once(
    create: Callable[..., HttpResponseBase], request: Request, **kwargs: Any
) -> HttpResponse:
    """Return the response of `create`, or the stored one of an earlier request with this key.

    Raises RequestInProgress and KeyReused.
    """
    key = checked_key(request.headers[HEADER])
    request_hash = keys.hash_request(
        method=request.method or "", path=request.get_full_path(), body=request.body
    )
    with transaction.atomic():
        claim = keys.claim(user_id=current_user(request).pk, key=key, request_hash=request_hash)
        if isinstance(claim, StoredResponse):
            return _http_response(claim, replayed=True)
        response = create(request, **kwargs)
        if response.status_code >= 300:
            transaction.set_rollback(True)
            return response  # type: ignore[return-value]
        stored = StoredResponse(
            status=response.status_code, headers=_headers(response), body=_body(response)
        )
        keys.store(claim, stored)
        return _http_response(stored)


def checked_key(value: str) -> str:
    """Return the key. Raises ValidationError if it is empty, too long or not visible ASCII."""
    if len(value) > MAX_LENGTH or not VISIBLE.fullmatch(value):
        raise ValidationError({HEADER: [f"1 to {MAX_LENGTH} visible characters."]})
    return value


def _http_response(stored: StoredResponse, *, replayed: bool = False) -> HttpResponse:
    """The first response is made from what is stored too, so that a replay is identical."""
    extra = {"Idempotent-Replayed": "true"} if replayed else {}
    return HttpResponse(stored.body, status=stored.status, headers=stored.headers | extra)


def _headers(response: HttpResponseBase) -> dict[str, str]:
    # A DRF response that is not rendered yet has Django's default content type, HTML.
    is_rest = isinstance(response, Response)
    content_type = JSON if is_rest else response.headers.get("Content-Type", JSON)
    found = {name: response[name] for name in STORED_HEADERS if response.has_header(name)}
    return {"Content-Type": content_type} | found


def _body(response: HttpResponseBase) -> str:
    if isinstance(response, Response):
        return "" if response.data is None else JSONRenderer().render(response.data).decode()
    return bytes(response.content).decode()  # type: ignore[attr-defined]
