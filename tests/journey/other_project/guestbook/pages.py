"""Pages as Django projects usually have them: a style sheet, a bit inline, a form, an upload."""

import hashlib

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition, require_POST

from guestbook.models import Entry


def guests(request: HttpRequest) -> HttpResponse:
    """The last lines, and a form for one more."""
    if request.method == "POST":
        Entry.objects.create(words=request.POST["words"])
        return redirect("guests")
    return render(request, "guestbook/guests.html", {"entries": Entry.objects.order_by("-pk")[:5]})


@csrf_exempt
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """How many bytes of a file have arrived."""
    (file,) = request.FILES.values()
    return JsonResponse({"size": sum(len(chunk) for chunk in file.chunks())})


def _tag(request: HttpRequest, number: int) -> str | None:
    found = Entry.objects.filter(pk=number).first()
    return f'"{hashlib.sha256(found.words.encode()).hexdigest()[:12]}"' if found else None


@csrf_exempt
@condition(etag_func=_tag)
def change(request: HttpRequest, number: int) -> HttpResponse:
    """A line with its ETag, long enough to be compressed; PUT changes it where If-Match fits."""
    found = Entry.objects.get(pk=number)
    if request.method == "PUT":
        found.words = request.body.decode()
        found.save()
    return HttpResponse(found.words + "." * 400, content_type="text/plain")
