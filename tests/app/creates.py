"""A create with an Idempotency-Key, apart from all addresses."""

from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from domains.notes.models import Note
from domains.notes.serializers import NoteInput
from idempotency.apis import IdempotentMixin

PATIENCE = 20


class Create(IdempotentMixin, APIView):
    """A create like any other; `pause` and `fails` are set by a test."""

    pause = None
    fails = False
    answers = staticmethod(lambda note: Response({"id": note.pk}, 201, headers=place(note)))

    def post(self, request):
        given = NoteInput(data=request.data)
        given.is_valid(raise_exception=True)
        note = Note.objects.create(owner_id=request.user.pk, **given.validated_data)
        if type(self).pause:
            type(self).pause.wait(PATIENCE)
        if type(self).fails:
            raise PermissionDenied()
        return type(self).answers(note)


def place(note):
    return {"Location": f"/{note.pk}/"}


def send(user, *, key="k-1", body=None, path="/things/"):
    body = {"title": "Milk"} if body is None else body
    headers = {} if key is None else {"Idempotency-Key": key}
    request = APIRequestFactory().post(path, body, format="json", headers=headers)
    force_authenticate(request, user)
    response = Create.as_view()(request)
    response.render() if hasattr(response, "render") else None
    return response
