"""Plain Django views, no REST framework."""

import json
import os
import uuid

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from website.jobs import crew, shout, style

from guestbook.models import Entry

# What an answer says of itself, by what the address asks for.
SAYS = {
    "public": {"Cache-Control": "public, max-age=60"},
    "public-without-age": {"Cache-Control": "public"},
    "private": {"Cache-Control": "private, max-age=60"},
    "no-store": {"Cache-Control": "public, no-store"},
    "age-only": {"Cache-Control": "max-age=60"},
    "silent": {},
    "expires-only": {"Expires": "Thu, 31 Dec 2099 23:55:55 GMT"},
    "sets-a-cookie": {"Cache-Control": "public, max-age=60", "Set-Cookie": "visitor=1"},
}


def front(request: HttpRequest) -> HttpResponse:
    """A page that everybody may read, long enough to be compressed."""
    return HttpResponse(f"<h1>{settings.GREETING}</h1>" + "<p>a line</p>" * 200)


def alive(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("alive", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """The database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ready", content_type="text/plain")


@csrf_exempt
@require_POST
def sign(request: HttpRequest) -> HttpResponse:
    """Leave a line."""
    made = Entry.objects.create(words=json.loads(request.body)["words"])
    return JsonResponse({"number": made.pk}, status=201)


def entry(request: HttpRequest, number: int) -> HttpResponse:
    """A line that somebody left."""
    return HttpResponse(get_object_or_404(Entry, pk=number).words, content_type="text/plain")


@csrf_exempt
@require_POST
def shout_it(request: HttpRequest) -> HttpResponse:
    """Have the worker shout."""
    return JsonResponse({"task": shout.delay(json.loads(request.body)["words"]).id}, status=202)


def heard(request: HttpRequest, task: str) -> HttpResponse:
    """What the worker shouted, if it has."""
    result = crew.AsyncResult(task)
    return HttpResponse(result.get() if result.ready() else "not yet", content_type="text/plain")


def shared(request: HttpRequest) -> HttpResponse:
    """Who asked, and a number that is new each time the project itself answers."""
    who = request.headers.get("Authorization") or request.headers.get("Cookie") or "nobody"
    return JsonResponse(
        {"who": who, "number": uuid.uuid4().hex}, headers=SAYS[request.GET.get("kind", "public")]
    )


def address(request: HttpRequest) -> HttpResponse:
    """Where the client comes from, as django-allauth and others read it."""
    return HttpResponse(request.META["REMOTE_ADDR"], content_type="text/plain")


@csrf_exempt
@require_POST
def style_of_a_task(request: HttpRequest) -> HttpResponse:
    """Have the worker look up a static file, as for a mail that it writes."""
    return JsonResponse({"task": style.delay("guestbook/style.css").id}, status=202)


def version(request: HttpRequest) -> HttpResponse:
    """What the project was told of its version."""
    return HttpResponse(os.environ["APP_VERSION"], content_type="text/plain")
