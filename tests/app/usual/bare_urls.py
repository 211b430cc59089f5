"""The least that a view of the REST framework can do."""

from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView


class BareApi(APIView):
    """An object of two fields."""

    def get(self, request):
        """Always the same."""
        return Response({"id": 1, "title": "bare"})


urlpatterns = [path("", BareApi.as_view())]
