"""`Idempotency-Key`: a create that is sent twice (a failover, a lost answer) takes effect once."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.auth.access import current_user
from idempotency import keys
from idempotency.keys import Kept

HEADER = "Idempotency-Key"
LONGEST = 255
VISIBLE = re.compile("[!-~]+")
JSON = "application/json"
KEPT_HEADERS = ("Location", "ETag")
# For extend_schema(parameters=[...]) of each POST behind the mixin.
KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": f"^{VISIBLE.pattern}$"},
    OpenApiParameter.HEADER,
    description=(
        "Up to 255 visible characters, new for each create. Sent again with the same body within"
        " a day, the first answer comes back, with `Idempotent-Replayed: true`."
    ),
)


class StillAtWork(APIException):
    """The same key is being worked on now."""

    status_code = 409
    default_detail = "A request with this Idempotency-Key is still at work."
    wait = 1  # seconds, as Retry-After


class KeyReused(APIException):
    """The key belongs to another request."""

    status_code = 422
    default_detail = "This Idempotency-Key came with another request before."


class IdempotentMixin:
    """For an APIView whose `post` creates: stands before APIView among its parents.

    With a key, the claim, all that `post` writes and its answer are one transaction. Only an
    answer below 300 is kept: after an error nothing has happened, and the key is free again.
    """

    post: Callable[..., HttpResponseBase]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the checks of who asks: put the key's rule around `post`."""
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if request.method == "POST" and HEADER in request.headers:
            self.post = partial(once, self.post)


def once(create: Callable[..., HttpResponseBase], request: Request, **kwargs: Any) -> HttpResponse:
    """The answer of `create`, or the one that this key got before."""
    key = checked_key(request.headers[HEADER])
    asked = keys.request_hash(
        method=request.method or "", path=request.get_full_path(), body=request.body
    )
    try:
        with transaction.atomic():
            claimed = keys.claim(user_id=current_user(request).pk, key=key, asked=asked)
            if isinstance(claimed, Kept):
                return answer(claimed, replayed="true")
            return _first(create, request, claimed=claimed, **kwargs)
    except keys.AtWork:
        raise StillAtWork() from None
    except keys.UsedOtherwise:
        raise KeyReused() from None


def _first(
    create: Callable[..., HttpResponseBase], request: Request, *, claimed: int, **kwargs: Any
) -> HttpResponse:
    """Do the work and keep its answer. An error rolls all of it back, the claim too."""
    response = create(request, **kwargs)
    if response.status_code >= 300:
        transaction.set_rollback(True)
        return response  # type: ignore[return-value]
    kept = Kept(status=response.status_code, headers=_headers(response), body=_body(response))
    keys.keep(claimed, kept)
    return answer(kept)


def checked_key(given: str) -> str:
    """The key. Raises ValidationError for one that is empty, too long or not visible ASCII."""
    if len(given) > LONGEST or not VISIBLE.fullmatch(given):
        raise ValidationError({HEADER: [f"1 to {LONGEST} visible characters."]})
    return given


def answer(kept: Kept, *, replayed: str = "") -> HttpResponse:
    """The kept answer; the first one is sent from what is kept too, so that both are the same."""
    marks = {"Idempotent-Replayed": replayed} if replayed else {}
    return HttpResponse(kept.body, status=kept.status, headers=kept.headers | marks)


def _headers(response: HttpResponseBase) -> dict[str, str]:
    # One that is not rendered yet bears Django's own type, HTML.
    kind = JSON if isinstance(response, Response) else response.headers.get("Content-Type", JSON)
    found = {name: response[name] for name in KEPT_HEADERS if response.has_header(name)}
    return {"Content-Type": kind} | found


def _body(response: HttpResponseBase) -> str:
    if isinstance(response, Response):
        return "" if response.data is None else JSONRenderer().render(response.data).decode()
    return bytes(response.content).decode()  # type: ignore[attr-defined]
